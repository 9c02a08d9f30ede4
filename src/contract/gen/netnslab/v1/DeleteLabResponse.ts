// Original file: proto/netnslab/v1/lab_service.proto

import type { LabState as _netnslab_v1_LabState, LabState__Output as _netnslab_v1_LabState__Output } from '../../netnslab/v1/LabState.ts';

export interface DeleteLabResponse {
  'lab'?: (string);
  /**
   * DELETING when async, else unspecified: it is gone.
   */
  'state'?: (_netnslab_v1_LabState);
  /**
   * How many kernel objects were removed; 0 when it was not there.
   */
  'removed'?: (number);
  /**
   * How long until all was verified gone, in milliseconds.
   */
  'removeMs'?: (number | string);
}

export interface DeleteLabResponse__Output {
  'lab': (string);
  /**
   * DELETING when async, else unspecified: it is gone.
   */
  'state': (_netnslab_v1_LabState__Output);
  /**
   * How many kernel objects were removed; 0 when it was not there.
   */
  'removed': (number);
  /**
   * How long until all was verified gone, in milliseconds.
   */
  'removeMs': (number);
}
