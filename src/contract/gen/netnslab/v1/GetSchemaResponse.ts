// Original file: proto/netnslab/v1/host_service.proto

import type { Struct as _google_protobuf_Struct, Struct__Output as _google_protobuf_Struct__Output } from '../../google/protobuf/Struct.ts';

export interface GetSchemaResponse {
  'schema'?: (_google_protobuf_Struct | null);
}

export interface GetSchemaResponse__Output {
  'schema': (_google_protobuf_Struct__Output | null);
}
