// Original file: proto/netnslab/v1/host_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetHostRequest as _netnslab_v1_GetHostRequest, GetHostRequest__Output as _netnslab_v1_GetHostRequest__Output } from '../../netnslab/v1/GetHostRequest.ts';
import type { GetMetricsRequest as _netnslab_v1_GetMetricsRequest, GetMetricsRequest__Output as _netnslab_v1_GetMetricsRequest__Output } from '../../netnslab/v1/GetMetricsRequest.ts';
import type { GetMetricsResponse as _netnslab_v1_GetMetricsResponse, GetMetricsResponse__Output as _netnslab_v1_GetMetricsResponse__Output } from '../../netnslab/v1/GetMetricsResponse.ts';
import type { GetSchemaRequest as _netnslab_v1_GetSchemaRequest, GetSchemaRequest__Output as _netnslab_v1_GetSchemaRequest__Output } from '../../netnslab/v1/GetSchemaRequest.ts';
import type { GetSchemaResponse as _netnslab_v1_GetSchemaResponse, GetSchemaResponse__Output as _netnslab_v1_GetSchemaResponse__Output } from '../../netnslab/v1/GetSchemaResponse.ts';
import type { Host as _netnslab_v1_Host, Host__Output as _netnslab_v1_Host__Output } from '../../netnslab/v1/Host.ts';

/**
 * The machine that carries the labs.
 */
export interface HostServiceClient extends grpc.Client {
  /**
   * Versions, what this kernel can do, limits and what is used of them.
   */
  GetHost(argument: _netnslab_v1_GetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Host__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _netnslab_v1_GetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_Host__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _netnslab_v1_GetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Host__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _netnslab_v1_GetHostRequest, callback: grpc.requestCallback<_netnslab_v1_Host__Output>): grpc.ClientUnaryCall;
  /**
   * Versions, what this kernel can do, limits and what is used of them.
   */
  getHost(argument: _netnslab_v1_GetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Host__Output>): grpc.ClientUnaryCall;
  getHost(argument: _netnslab_v1_GetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_Host__Output>): grpc.ClientUnaryCall;
  getHost(argument: _netnslab_v1_GetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Host__Output>): grpc.ClientUnaryCall;
  getHost(argument: _netnslab_v1_GetHostRequest, callback: grpc.requestCallback<_netnslab_v1_Host__Output>): grpc.ClientUnaryCall;
  
  /**
   * Counters and gauges of the engine in the Prometheus text format.
   */
  GetMetrics(argument: _netnslab_v1_GetMetricsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetMetricsResponse__Output>): grpc.ClientUnaryCall;
  GetMetrics(argument: _netnslab_v1_GetMetricsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_GetMetricsResponse__Output>): grpc.ClientUnaryCall;
  GetMetrics(argument: _netnslab_v1_GetMetricsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetMetricsResponse__Output>): grpc.ClientUnaryCall;
  GetMetrics(argument: _netnslab_v1_GetMetricsRequest, callback: grpc.requestCallback<_netnslab_v1_GetMetricsResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Counters and gauges of the engine in the Prometheus text format.
   */
  getMetrics(argument: _netnslab_v1_GetMetricsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetMetricsResponse__Output>): grpc.ClientUnaryCall;
  getMetrics(argument: _netnslab_v1_GetMetricsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_GetMetricsResponse__Output>): grpc.ClientUnaryCall;
  getMetrics(argument: _netnslab_v1_GetMetricsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetMetricsResponse__Output>): grpc.ClientUnaryCall;
  getMetrics(argument: _netnslab_v1_GetMetricsRequest, callback: grpc.requestCallback<_netnslab_v1_GetMetricsResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The JSON Schema of the lab spec.
   */
  GetSchema(argument: _netnslab_v1_GetSchemaRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetSchemaResponse__Output>): grpc.ClientUnaryCall;
  GetSchema(argument: _netnslab_v1_GetSchemaRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_GetSchemaResponse__Output>): grpc.ClientUnaryCall;
  GetSchema(argument: _netnslab_v1_GetSchemaRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetSchemaResponse__Output>): grpc.ClientUnaryCall;
  GetSchema(argument: _netnslab_v1_GetSchemaRequest, callback: grpc.requestCallback<_netnslab_v1_GetSchemaResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The JSON Schema of the lab spec.
   */
  getSchema(argument: _netnslab_v1_GetSchemaRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetSchemaResponse__Output>): grpc.ClientUnaryCall;
  getSchema(argument: _netnslab_v1_GetSchemaRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_GetSchemaResponse__Output>): grpc.ClientUnaryCall;
  getSchema(argument: _netnslab_v1_GetSchemaRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetSchemaResponse__Output>): grpc.ClientUnaryCall;
  getSchema(argument: _netnslab_v1_GetSchemaRequest, callback: grpc.requestCallback<_netnslab_v1_GetSchemaResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * The machine that carries the labs.
 */
export interface HostServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Versions, what this kernel can do, limits and what is used of them.
   */
  GetHost: grpc.handleUnaryCall<_netnslab_v1_GetHostRequest__Output, _netnslab_v1_Host>;
  
  /**
   * Counters and gauges of the engine in the Prometheus text format.
   */
  GetMetrics: grpc.handleUnaryCall<_netnslab_v1_GetMetricsRequest__Output, _netnslab_v1_GetMetricsResponse>;
  
  /**
   * The JSON Schema of the lab spec.
   */
  GetSchema: grpc.handleUnaryCall<_netnslab_v1_GetSchemaRequest__Output, _netnslab_v1_GetSchemaResponse>;
  
}

export interface HostServiceDefinition extends grpc.ServiceDefinition {
  GetHost: MethodDefinition<_netnslab_v1_GetHostRequest, _netnslab_v1_Host, _netnslab_v1_GetHostRequest__Output, _netnslab_v1_Host__Output>
  GetMetrics: MethodDefinition<_netnslab_v1_GetMetricsRequest, _netnslab_v1_GetMetricsResponse, _netnslab_v1_GetMetricsRequest__Output, _netnslab_v1_GetMetricsResponse__Output>
  GetSchema: MethodDefinition<_netnslab_v1_GetSchemaRequest, _netnslab_v1_GetSchemaResponse, _netnslab_v1_GetSchemaRequest__Output, _netnslab_v1_GetSchemaResponse__Output>
}
