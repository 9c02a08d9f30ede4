// Original file: proto/netnslab/v1/lab.proto

import type { LabState as _netnslab_v1_LabState, LabState__Output as _netnslab_v1_LabState__Output } from '../../netnslab/v1/LabState.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { Progress as _netnslab_v1_Progress, Progress__Output as _netnslab_v1_Progress__Output } from '../../netnslab/v1/Progress.ts';
import type { Struct as _google_protobuf_Struct, Struct__Output as _google_protobuf_Struct__Output } from '../../google/protobuf/Struct.ts';
import type { Member as _netnslab_v1_Member, Member__Output as _netnslab_v1_Member__Output } from '../../netnslab/v1/Member.ts';
import type { Plan as _netnslab_v1_Plan, Plan__Output as _netnslab_v1_Plan__Output } from '../../netnslab/v1/Plan.ts';
import type { Drift as _netnslab_v1_Drift, Drift__Output as _netnslab_v1_Drift__Output } from '../../netnslab/v1/Drift.ts';

/**
 * A network lab: real network namespaces built from a spec.
 */
export interface Lab {
  /**
   * Unique on this server: 1 to 31 of a-z, 0-9 and '-', beginning with a letter, not ending with '-'.
   */
  'name'?: (string);
  /**
   * Given by the server; another lab of the same name has another uid.
   */
  'uid'?: (string);
  'state'?: (_netnslab_v1_LabState);
  /**
   * Opaque; changes whenever the lab's spec or state changes.
   */
  'etag'?: (string);
  'createTime'?: (_google_protobuf_Timestamp | null);
  /**
   * Where the work stands while the lab is CREATING or DELETING.
   */
  'progress'?: (_netnslab_v1_Progress | null);
  /**
   * The spec as given, in data form. Left out of lists.
   */
  'spec'?: (_google_protobuf_Struct | null);
  /**
   * Hosts, routers, switches and uplinks and where each lives.
   */
  'members'?: (_netnslab_v1_Member)[];
  /**
   * What would be built, for validate_only.
   */
  'plan'?: (_netnslab_v1_Plan | null);
  /**
   * Differences between plan and kernel found at the last reading; empty for a lab as planned.
   */
  'drifts'?: (_netnslab_v1_Drift)[];
  /**
   * Why the lab is FAILED, QUARANTINED or LOST; empty otherwise.
   */
  'because'?: (string);
  'labels'?: ({[key: string]: string});
  /**
   * How long building took, from intent saved to read back, in milliseconds.
   */
  'buildMs'?: (number | string);
}

/**
 * A network lab: real network namespaces built from a spec.
 */
export interface Lab__Output {
  /**
   * Unique on this server: 1 to 31 of a-z, 0-9 and '-', beginning with a letter, not ending with '-'.
   */
  'name': (string);
  /**
   * Given by the server; another lab of the same name has another uid.
   */
  'uid': (string);
  'state': (_netnslab_v1_LabState__Output);
  /**
   * Opaque; changes whenever the lab's spec or state changes.
   */
  'etag': (string);
  'createTime': (_google_protobuf_Timestamp__Output | null);
  /**
   * Where the work stands while the lab is CREATING or DELETING.
   */
  'progress': (_netnslab_v1_Progress__Output | null);
  /**
   * The spec as given, in data form. Left out of lists.
   */
  'spec': (_google_protobuf_Struct__Output | null);
  /**
   * Hosts, routers, switches and uplinks and where each lives.
   */
  'members': (_netnslab_v1_Member__Output)[];
  /**
   * What would be built, for validate_only.
   */
  'plan': (_netnslab_v1_Plan__Output | null);
  /**
   * Differences between plan and kernel found at the last reading; empty for a lab as planned.
   */
  'drifts': (_netnslab_v1_Drift__Output)[];
  /**
   * Why the lab is FAILED, QUARANTINED or LOST; empty otherwise.
   */
  'because': (string);
  'labels': ({[key: string]: string});
  /**
   * How long building took, from intent saved to read back, in milliseconds.
   */
  'buildMs': (number);
}
