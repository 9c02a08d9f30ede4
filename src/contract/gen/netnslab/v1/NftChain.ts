// Original file: proto/netnslab/v1/inspect.proto

import type { NftRule as _netnslab_v1_NftRule, NftRule__Output as _netnslab_v1_NftRule__Output } from '../../netnslab/v1/NftRule.ts';

export interface NftChain {
  'name'?: (string);
  'type'?: (string);
  'hook'?: (string);
  'priority'?: (number);
  'policy'?: (string);
  'rules'?: (_netnslab_v1_NftRule)[];
}

export interface NftChain__Output {
  'name': (string);
  'type': (string);
  'hook': (string);
  'priority': (number);
  'policy': (string);
  'rules': (_netnslab_v1_NftRule__Output)[];
}
