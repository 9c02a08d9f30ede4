// Original file: proto/netnslab/v1/lab_service.proto

import type { FieldMask as _google_protobuf_FieldMask, FieldMask__Output as _google_protobuf_FieldMask__Output } from '../../google/protobuf/FieldMask.ts';

export interface InspectLabRequest {
  'lab'?: (string);
  /**
   * Members to read; empty: all.
   */
  'members'?: (string)[];
  /**
   * Which of devices, addresses, routes, neighbours, fdb, qdiscs, rules, sysctls, conntrack, drifts; empty: all but
   * conntrack and drifts.
   */
  'fields'?: (_google_protobuf_FieldMask | null);
}

export interface InspectLabRequest__Output {
  'lab': (string);
  /**
   * Members to read; empty: all.
   */
  'members': (string)[];
  /**
   * Which of devices, addresses, routes, neighbours, fdb, qdiscs, rules, sysctls, conntrack, drifts; empty: all but
   * conntrack and drifts.
   */
  'fields': (_google_protobuf_FieldMask__Output | null);
}
