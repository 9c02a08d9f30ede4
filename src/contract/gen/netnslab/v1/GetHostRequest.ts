// Original file: proto/netnslab/v1/host_service.proto


export interface GetHostRequest {
}

export interface GetHostRequest__Output {
}
