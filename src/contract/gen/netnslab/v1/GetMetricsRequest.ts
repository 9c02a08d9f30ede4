// Original file: proto/netnslab/v1/host_service.proto


export interface GetMetricsRequest {
}

export interface GetMetricsRequest__Output {
}
