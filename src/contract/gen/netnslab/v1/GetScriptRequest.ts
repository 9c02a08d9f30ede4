// Original file: proto/netnslab/v1/lab_service.proto


export interface GetScriptRequest {
  'lab'?: (string);
}

export interface GetScriptRequest__Output {
  'lab': (string);
}
