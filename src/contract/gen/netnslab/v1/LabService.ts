// Original file: proto/netnslab/v1/lab_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CreateLabRequest as _netnslab_v1_CreateLabRequest, CreateLabRequest__Output as _netnslab_v1_CreateLabRequest__Output } from '../../netnslab/v1/CreateLabRequest.ts';
import type { DeleteLabRequest as _netnslab_v1_DeleteLabRequest, DeleteLabRequest__Output as _netnslab_v1_DeleteLabRequest__Output } from '../../netnslab/v1/DeleteLabRequest.ts';
import type { DeleteLabResponse as _netnslab_v1_DeleteLabResponse, DeleteLabResponse__Output as _netnslab_v1_DeleteLabResponse__Output } from '../../netnslab/v1/DeleteLabResponse.ts';
import type { GetGraphRequest as _netnslab_v1_GetGraphRequest, GetGraphRequest__Output as _netnslab_v1_GetGraphRequest__Output } from '../../netnslab/v1/GetGraphRequest.ts';
import type { GetGraphResponse as _netnslab_v1_GetGraphResponse, GetGraphResponse__Output as _netnslab_v1_GetGraphResponse__Output } from '../../netnslab/v1/GetGraphResponse.ts';
import type { GetLabRequest as _netnslab_v1_GetLabRequest, GetLabRequest__Output as _netnslab_v1_GetLabRequest__Output } from '../../netnslab/v1/GetLabRequest.ts';
import type { GetScriptRequest as _netnslab_v1_GetScriptRequest, GetScriptRequest__Output as _netnslab_v1_GetScriptRequest__Output } from '../../netnslab/v1/GetScriptRequest.ts';
import type { GetScriptResponse as _netnslab_v1_GetScriptResponse, GetScriptResponse__Output as _netnslab_v1_GetScriptResponse__Output } from '../../netnslab/v1/GetScriptResponse.ts';
import type { InspectLabRequest as _netnslab_v1_InspectLabRequest, InspectLabRequest__Output as _netnslab_v1_InspectLabRequest__Output } from '../../netnslab/v1/InspectLabRequest.ts';
import type { InspectLabResponse as _netnslab_v1_InspectLabResponse, InspectLabResponse__Output as _netnslab_v1_InspectLabResponse__Output } from '../../netnslab/v1/InspectLabResponse.ts';
import type { Lab as _netnslab_v1_Lab, Lab__Output as _netnslab_v1_Lab__Output } from '../../netnslab/v1/Lab.ts';
import type { ListLabsRequest as _netnslab_v1_ListLabsRequest, ListLabsRequest__Output as _netnslab_v1_ListLabsRequest__Output } from '../../netnslab/v1/ListLabsRequest.ts';
import type { ListLabsResponse as _netnslab_v1_ListLabsResponse, ListLabsResponse__Output as _netnslab_v1_ListLabsResponse__Output } from '../../netnslab/v1/ListLabsResponse.ts';
import type { PingMatrixRequest as _netnslab_v1_PingMatrixRequest, PingMatrixRequest__Output as _netnslab_v1_PingMatrixRequest__Output } from '../../netnslab/v1/PingMatrixRequest.ts';
import type { PingMatrixResponse as _netnslab_v1_PingMatrixResponse, PingMatrixResponse__Output as _netnslab_v1_PingMatrixResponse__Output } from '../../netnslab/v1/PingMatrixResponse.ts';
import type { PingRequest as _netnslab_v1_PingRequest, PingRequest__Output as _netnslab_v1_PingRequest__Output } from '../../netnslab/v1/PingRequest.ts';
import type { PingResponse as _netnslab_v1_PingResponse, PingResponse__Output as _netnslab_v1_PingResponse__Output } from '../../netnslab/v1/PingResponse.ts';

/**
 * Builds, shows, pings and removes network labs.
 */
export interface LabServiceClient extends grpc.Client {
  /**
   * Builds a lab and answers when it is ready and read back; on a refusal everything is undone.
   */
  CreateLab(argument: _netnslab_v1_CreateLabRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  CreateLab(argument: _netnslab_v1_CreateLabRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  CreateLab(argument: _netnslab_v1_CreateLabRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  CreateLab(argument: _netnslab_v1_CreateLabRequest, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  /**
   * Builds a lab and answers when it is ready and read back; on a refusal everything is undone.
   */
  createLab(argument: _netnslab_v1_CreateLabRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  createLab(argument: _netnslab_v1_CreateLabRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  createLab(argument: _netnslab_v1_CreateLabRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  createLab(argument: _netnslab_v1_CreateLabRequest, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  
  /**
   * Removes a lab and answers when all of it is gone from the kernel. Idempotent: a delete under way is joined.
   */
  DeleteLab(argument: _netnslab_v1_DeleteLabRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_DeleteLabResponse__Output>): grpc.ClientUnaryCall;
  DeleteLab(argument: _netnslab_v1_DeleteLabRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_DeleteLabResponse__Output>): grpc.ClientUnaryCall;
  DeleteLab(argument: _netnslab_v1_DeleteLabRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_DeleteLabResponse__Output>): grpc.ClientUnaryCall;
  DeleteLab(argument: _netnslab_v1_DeleteLabRequest, callback: grpc.requestCallback<_netnslab_v1_DeleteLabResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Removes a lab and answers when all of it is gone from the kernel. Idempotent: a delete under way is joined.
   */
  deleteLab(argument: _netnslab_v1_DeleteLabRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_DeleteLabResponse__Output>): grpc.ClientUnaryCall;
  deleteLab(argument: _netnslab_v1_DeleteLabRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_DeleteLabResponse__Output>): grpc.ClientUnaryCall;
  deleteLab(argument: _netnslab_v1_DeleteLabRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_DeleteLabResponse__Output>): grpc.ClientUnaryCall;
  deleteLab(argument: _netnslab_v1_DeleteLabRequest, callback: grpc.requestCallback<_netnslab_v1_DeleteLabResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The lab as a drawing.
   */
  GetGraph(argument: _netnslab_v1_GetGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  GetGraph(argument: _netnslab_v1_GetGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  GetGraph(argument: _netnslab_v1_GetGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  GetGraph(argument: _netnslab_v1_GetGraphRequest, callback: grpc.requestCallback<_netnslab_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The lab as a drawing.
   */
  getGraph(argument: _netnslab_v1_GetGraphRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  getGraph(argument: _netnslab_v1_GetGraphRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  getGraph(argument: _netnslab_v1_GetGraphRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  getGraph(argument: _netnslab_v1_GetGraphRequest, callback: grpc.requestCallback<_netnslab_v1_GetGraphResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * One lab as it stands now, with its progress while it is built or removed.
   */
  GetLab(argument: _netnslab_v1_GetLabRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  GetLab(argument: _netnslab_v1_GetLabRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  GetLab(argument: _netnslab_v1_GetLabRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  GetLab(argument: _netnslab_v1_GetLabRequest, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  /**
   * One lab as it stands now, with its progress while it is built or removed.
   */
  getLab(argument: _netnslab_v1_GetLabRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  getLab(argument: _netnslab_v1_GetLabRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  getLab(argument: _netnslab_v1_GetLabRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  getLab(argument: _netnslab_v1_GetLabRequest, callback: grpc.requestCallback<_netnslab_v1_Lab__Output>): grpc.ClientUnaryCall;
  
  /**
   * The lab as a shell script of ip, sysctl and nft commands that builds the same.
   */
  GetScript(argument: _netnslab_v1_GetScriptRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetScriptResponse__Output>): grpc.ClientUnaryCall;
  GetScript(argument: _netnslab_v1_GetScriptRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_GetScriptResponse__Output>): grpc.ClientUnaryCall;
  GetScript(argument: _netnslab_v1_GetScriptRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetScriptResponse__Output>): grpc.ClientUnaryCall;
  GetScript(argument: _netnslab_v1_GetScriptRequest, callback: grpc.requestCallback<_netnslab_v1_GetScriptResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The lab as a shell script of ip, sysctl and nft commands that builds the same.
   */
  getScript(argument: _netnslab_v1_GetScriptRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetScriptResponse__Output>): grpc.ClientUnaryCall;
  getScript(argument: _netnslab_v1_GetScriptRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_GetScriptResponse__Output>): grpc.ClientUnaryCall;
  getScript(argument: _netnslab_v1_GetScriptRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_GetScriptResponse__Output>): grpc.ClientUnaryCall;
  getScript(argument: _netnslab_v1_GetScriptRequest, callback: grpc.requestCallback<_netnslab_v1_GetScriptResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * The kernel as it is now, member by member. All of a lab of a thousand hosts has several MiB: name members or fields,
   * or raise the client's limit of 4 MiB that most gRPC libraries have.
   */
  InspectLab(argument: _netnslab_v1_InspectLabRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_InspectLabResponse__Output>): grpc.ClientUnaryCall;
  InspectLab(argument: _netnslab_v1_InspectLabRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_InspectLabResponse__Output>): grpc.ClientUnaryCall;
  InspectLab(argument: _netnslab_v1_InspectLabRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_InspectLabResponse__Output>): grpc.ClientUnaryCall;
  InspectLab(argument: _netnslab_v1_InspectLabRequest, callback: grpc.requestCallback<_netnslab_v1_InspectLabResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The kernel as it is now, member by member. All of a lab of a thousand hosts has several MiB: name members or fields,
   * or raise the client's limit of 4 MiB that most gRPC libraries have.
   */
  inspectLab(argument: _netnslab_v1_InspectLabRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_InspectLabResponse__Output>): grpc.ClientUnaryCall;
  inspectLab(argument: _netnslab_v1_InspectLabRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_InspectLabResponse__Output>): grpc.ClientUnaryCall;
  inspectLab(argument: _netnslab_v1_InspectLabRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_InspectLabResponse__Output>): grpc.ClientUnaryCall;
  inspectLab(argument: _netnslab_v1_InspectLabRequest, callback: grpc.requestCallback<_netnslab_v1_InspectLabResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Labs in order of name, page by page, without what grows with their size.
   */
  ListLabs(argument: _netnslab_v1_ListLabsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_ListLabsResponse__Output>): grpc.ClientUnaryCall;
  ListLabs(argument: _netnslab_v1_ListLabsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_ListLabsResponse__Output>): grpc.ClientUnaryCall;
  ListLabs(argument: _netnslab_v1_ListLabsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_ListLabsResponse__Output>): grpc.ClientUnaryCall;
  ListLabs(argument: _netnslab_v1_ListLabsRequest, callback: grpc.requestCallback<_netnslab_v1_ListLabsResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Labs in order of name, page by page, without what grows with their size.
   */
  listLabs(argument: _netnslab_v1_ListLabsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_ListLabsResponse__Output>): grpc.ClientUnaryCall;
  listLabs(argument: _netnslab_v1_ListLabsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_ListLabsResponse__Output>): grpc.ClientUnaryCall;
  listLabs(argument: _netnslab_v1_ListLabsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_ListLabsResponse__Output>): grpc.ClientUnaryCall;
  listLabs(argument: _netnslab_v1_ListLabsRequest, callback: grpc.requestCallback<_netnslab_v1_ListLabsResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Echo requests from one member, told as they happen, with statistics at the end.
   */
  Ping(argument: _netnslab_v1_PingRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_netnslab_v1_PingResponse__Output>;
  Ping(argument: _netnslab_v1_PingRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_netnslab_v1_PingResponse__Output>;
  /**
   * Echo requests from one member, told as they happen, with statistics at the end.
   */
  ping(argument: _netnslab_v1_PingRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_netnslab_v1_PingResponse__Output>;
  ping(argument: _netnslab_v1_PingRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_netnslab_v1_PingResponse__Output>;
  
  /**
   * One echo for every ordered pair of members, all at once.
   */
  PingMatrix(argument: _netnslab_v1_PingMatrixRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_PingMatrixResponse__Output>): grpc.ClientUnaryCall;
  PingMatrix(argument: _netnslab_v1_PingMatrixRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_PingMatrixResponse__Output>): grpc.ClientUnaryCall;
  PingMatrix(argument: _netnslab_v1_PingMatrixRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_PingMatrixResponse__Output>): grpc.ClientUnaryCall;
  PingMatrix(argument: _netnslab_v1_PingMatrixRequest, callback: grpc.requestCallback<_netnslab_v1_PingMatrixResponse__Output>): grpc.ClientUnaryCall;
  /**
   * One echo for every ordered pair of members, all at once.
   */
  pingMatrix(argument: _netnslab_v1_PingMatrixRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_PingMatrixResponse__Output>): grpc.ClientUnaryCall;
  pingMatrix(argument: _netnslab_v1_PingMatrixRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_netnslab_v1_PingMatrixResponse__Output>): grpc.ClientUnaryCall;
  pingMatrix(argument: _netnslab_v1_PingMatrixRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_netnslab_v1_PingMatrixResponse__Output>): grpc.ClientUnaryCall;
  pingMatrix(argument: _netnslab_v1_PingMatrixRequest, callback: grpc.requestCallback<_netnslab_v1_PingMatrixResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Builds, shows, pings and removes network labs.
 */
export interface LabServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Builds a lab and answers when it is ready and read back; on a refusal everything is undone.
   */
  CreateLab: grpc.handleUnaryCall<_netnslab_v1_CreateLabRequest__Output, _netnslab_v1_Lab>;
  
  /**
   * Removes a lab and answers when all of it is gone from the kernel. Idempotent: a delete under way is joined.
   */
  DeleteLab: grpc.handleUnaryCall<_netnslab_v1_DeleteLabRequest__Output, _netnslab_v1_DeleteLabResponse>;
  
  /**
   * The lab as a drawing.
   */
  GetGraph: grpc.handleUnaryCall<_netnslab_v1_GetGraphRequest__Output, _netnslab_v1_GetGraphResponse>;
  
  /**
   * One lab as it stands now, with its progress while it is built or removed.
   */
  GetLab: grpc.handleUnaryCall<_netnslab_v1_GetLabRequest__Output, _netnslab_v1_Lab>;
  
  /**
   * The lab as a shell script of ip, sysctl and nft commands that builds the same.
   */
  GetScript: grpc.handleUnaryCall<_netnslab_v1_GetScriptRequest__Output, _netnslab_v1_GetScriptResponse>;
  
  /**
   * The kernel as it is now, member by member. All of a lab of a thousand hosts has several MiB: name members or fields,
   * or raise the client's limit of 4 MiB that most gRPC libraries have.
   */
  InspectLab: grpc.handleUnaryCall<_netnslab_v1_InspectLabRequest__Output, _netnslab_v1_InspectLabResponse>;
  
  /**
   * Labs in order of name, page by page, without what grows with their size.
   */
  ListLabs: grpc.handleUnaryCall<_netnslab_v1_ListLabsRequest__Output, _netnslab_v1_ListLabsResponse>;
  
  /**
   * Echo requests from one member, told as they happen, with statistics at the end.
   */
  Ping: grpc.handleServerStreamingCall<_netnslab_v1_PingRequest__Output, _netnslab_v1_PingResponse>;
  
  /**
   * One echo for every ordered pair of members, all at once.
   */
  PingMatrix: grpc.handleUnaryCall<_netnslab_v1_PingMatrixRequest__Output, _netnslab_v1_PingMatrixResponse>;
  
}

export interface LabServiceDefinition extends grpc.ServiceDefinition {
  CreateLab: MethodDefinition<_netnslab_v1_CreateLabRequest, _netnslab_v1_Lab, _netnslab_v1_CreateLabRequest__Output, _netnslab_v1_Lab__Output>
  DeleteLab: MethodDefinition<_netnslab_v1_DeleteLabRequest, _netnslab_v1_DeleteLabResponse, _netnslab_v1_DeleteLabRequest__Output, _netnslab_v1_DeleteLabResponse__Output>
  GetGraph: MethodDefinition<_netnslab_v1_GetGraphRequest, _netnslab_v1_GetGraphResponse, _netnslab_v1_GetGraphRequest__Output, _netnslab_v1_GetGraphResponse__Output>
  GetLab: MethodDefinition<_netnslab_v1_GetLabRequest, _netnslab_v1_Lab, _netnslab_v1_GetLabRequest__Output, _netnslab_v1_Lab__Output>
  GetScript: MethodDefinition<_netnslab_v1_GetScriptRequest, _netnslab_v1_GetScriptResponse, _netnslab_v1_GetScriptRequest__Output, _netnslab_v1_GetScriptResponse__Output>
  InspectLab: MethodDefinition<_netnslab_v1_InspectLabRequest, _netnslab_v1_InspectLabResponse, _netnslab_v1_InspectLabRequest__Output, _netnslab_v1_InspectLabResponse__Output>
  ListLabs: MethodDefinition<_netnslab_v1_ListLabsRequest, _netnslab_v1_ListLabsResponse, _netnslab_v1_ListLabsRequest__Output, _netnslab_v1_ListLabsResponse__Output>
  Ping: MethodDefinition<_netnslab_v1_PingRequest, _netnslab_v1_PingResponse, _netnslab_v1_PingRequest__Output, _netnslab_v1_PingResponse__Output>
  PingMatrix: MethodDefinition<_netnslab_v1_PingMatrixRequest, _netnslab_v1_PingMatrixResponse, _netnslab_v1_PingMatrixRequest__Output, _netnslab_v1_PingMatrixResponse__Output>
}
