// Original file: proto/netnslab/v1/inspect.proto

import type { NftChain as _netnslab_v1_NftChain, NftChain__Output as _netnslab_v1_NftChain__Output } from '../../netnslab/v1/NftChain.ts';

export interface NftTable {
  'family'?: (string);
  'name'?: (string);
  'chains'?: (_netnslab_v1_NftChain)[];
}

export interface NftTable__Output {
  'family': (string);
  'name': (string);
  'chains': (_netnslab_v1_NftChain__Output)[];
}
