// Original file: proto/netnslab/v1/lab_service.proto


export interface GetLabRequest {
  'lab'?: (string);
}

export interface GetLabRequest__Output {
  'lab': (string);
}
