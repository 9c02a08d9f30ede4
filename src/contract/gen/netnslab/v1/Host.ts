// Original file: proto/netnslab/v1/host_service.proto

import type { Feature as _netnslab_v1_Feature, Feature__Output as _netnslab_v1_Feature__Output } from '../../netnslab/v1/Feature.ts';
import type { Limit as _netnslab_v1_Limit, Limit__Output as _netnslab_v1_Limit__Output } from '../../netnslab/v1/Limit.ts';
import type { Usage as _netnslab_v1_Usage, Usage__Output as _netnslab_v1_Usage__Output } from '../../netnslab/v1/Usage.ts';

export interface Host {
  /**
   * netns-lab's own version.
   */
  'version'?: (string);
  'kernelRelease'?: (string);
  'nodeVersion'?: (string);
  'libnftablesVersion'?: (string);
  /**
   * Changes with every start of the machine.
   */
  'bootId'?: (string);
  'features'?: (_netnslab_v1_Feature)[];
  'limits'?: (_netnslab_v1_Limit)[];
  'usage'?: (_netnslab_v1_Usage | null);
  /**
   * Whether the operator's config allows uplinks.
   */
  'uplinksAllowed'?: (boolean);
  /**
   * Health words for people: what is not as it should be and the remedy.
   */
  'warnings'?: (string)[];
}

export interface Host__Output {
  /**
   * netns-lab's own version.
   */
  'version': (string);
  'kernelRelease': (string);
  'nodeVersion': (string);
  'libnftablesVersion': (string);
  /**
   * Changes with every start of the machine.
   */
  'bootId': (string);
  'features': (_netnslab_v1_Feature__Output)[];
  'limits': (_netnslab_v1_Limit__Output)[];
  'usage': (_netnslab_v1_Usage__Output | null);
  /**
   * Whether the operator's config allows uplinks.
   */
  'uplinksAllowed': (boolean);
  /**
   * Health words for people: what is not as it should be and the remedy.
   */
  'warnings': (string)[];
}
