// Original file: proto/netnslab/v1/host_service.proto


export interface GetSchemaRequest {
}

export interface GetSchemaRequest__Output {
}
