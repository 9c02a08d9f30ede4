// Original file: proto/netnslab/v1/lab_service.proto

import type { Lab as _netnslab_v1_Lab, Lab__Output as _netnslab_v1_Lab__Output } from '../../netnslab/v1/Lab.ts';

export interface ListLabsResponse {
  /**
   * In order of name; without spec, members, plan and drifts.
   */
  'labs'?: (_netnslab_v1_Lab)[];
  /**
   * Empty when this was the last page.
   */
  'nextPageToken'?: (string);
}

export interface ListLabsResponse__Output {
  /**
   * In order of name; without spec, members, plan and drifts.
   */
  'labs': (_netnslab_v1_Lab__Output)[];
  /**
   * Empty when this was the last page.
   */
  'nextPageToken': (string);
}
