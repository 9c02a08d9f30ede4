// Original file: proto/netnslab/v1/host_service.proto


export interface GetMetricsResponse {
  'text'?: (string);
}

export interface GetMetricsResponse__Output {
  'text': (string);
}
