// Original file: proto/netnslab/v1/inspect.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { MemberState as _netnslab_v1_MemberState, MemberState__Output as _netnslab_v1_MemberState__Output } from '../../netnslab/v1/MemberState.ts';
import type { Drift as _netnslab_v1_Drift, Drift__Output as _netnslab_v1_Drift__Output } from '../../netnslab/v1/Drift.ts';

export interface InspectLabResponse {
  'lab'?: (string);
  'readTime'?: (_google_protobuf_Timestamp | null);
  'members'?: (_netnslab_v1_MemberState)[];
  /**
   * Only when asked for with fields=drifts.
   */
  'drifts'?: (_netnslab_v1_Drift)[];
}

export interface InspectLabResponse__Output {
  'lab': (string);
  'readTime': (_google_protobuf_Timestamp__Output | null);
  'members': (_netnslab_v1_MemberState__Output)[];
  /**
   * Only when asked for with fields=drifts.
   */
  'drifts': (_netnslab_v1_Drift__Output)[];
}
