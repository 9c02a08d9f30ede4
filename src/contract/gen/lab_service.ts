import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { CustomHttpPattern as _google_api_CustomHttpPattern, CustomHttpPattern__Output as _google_api_CustomHttpPattern__Output } from './google/api/CustomHttpPattern.ts';
import type { Http as _google_api_Http, Http__Output as _google_api_Http__Output } from './google/api/Http.ts';
import type { HttpRule as _google_api_HttpRule, HttpRule__Output as _google_api_HttpRule__Output } from './google/api/HttpRule.ts';
import type { DescriptorProto as _google_protobuf_DescriptorProto, DescriptorProto__Output as _google_protobuf_DescriptorProto__Output } from './google/protobuf/DescriptorProto.ts';
import type { EnumDescriptorProto as _google_protobuf_EnumDescriptorProto, EnumDescriptorProto__Output as _google_protobuf_EnumDescriptorProto__Output } from './google/protobuf/EnumDescriptorProto.ts';
import type { EnumOptions as _google_protobuf_EnumOptions, EnumOptions__Output as _google_protobuf_EnumOptions__Output } from './google/protobuf/EnumOptions.ts';
import type { EnumValueDescriptorProto as _google_protobuf_EnumValueDescriptorProto, EnumValueDescriptorProto__Output as _google_protobuf_EnumValueDescriptorProto__Output } from './google/protobuf/EnumValueDescriptorProto.ts';
import type { EnumValueOptions as _google_protobuf_EnumValueOptions, EnumValueOptions__Output as _google_protobuf_EnumValueOptions__Output } from './google/protobuf/EnumValueOptions.ts';
import type { ExtensionRangeOptions as _google_protobuf_ExtensionRangeOptions, ExtensionRangeOptions__Output as _google_protobuf_ExtensionRangeOptions__Output } from './google/protobuf/ExtensionRangeOptions.ts';
import type { FeatureSet as _google_protobuf_FeatureSet, FeatureSet__Output as _google_protobuf_FeatureSet__Output } from './google/protobuf/FeatureSet.ts';
import type { FeatureSetDefaults as _google_protobuf_FeatureSetDefaults, FeatureSetDefaults__Output as _google_protobuf_FeatureSetDefaults__Output } from './google/protobuf/FeatureSetDefaults.ts';
import type { FieldDescriptorProto as _google_protobuf_FieldDescriptorProto, FieldDescriptorProto__Output as _google_protobuf_FieldDescriptorProto__Output } from './google/protobuf/FieldDescriptorProto.ts';
import type { FieldMask as _google_protobuf_FieldMask, FieldMask__Output as _google_protobuf_FieldMask__Output } from './google/protobuf/FieldMask.ts';
import type { FieldOptions as _google_protobuf_FieldOptions, FieldOptions__Output as _google_protobuf_FieldOptions__Output } from './google/protobuf/FieldOptions.ts';
import type { FileDescriptorProto as _google_protobuf_FileDescriptorProto, FileDescriptorProto__Output as _google_protobuf_FileDescriptorProto__Output } from './google/protobuf/FileDescriptorProto.ts';
import type { FileDescriptorSet as _google_protobuf_FileDescriptorSet, FileDescriptorSet__Output as _google_protobuf_FileDescriptorSet__Output } from './google/protobuf/FileDescriptorSet.ts';
import type { FileOptions as _google_protobuf_FileOptions, FileOptions__Output as _google_protobuf_FileOptions__Output } from './google/protobuf/FileOptions.ts';
import type { GeneratedCodeInfo as _google_protobuf_GeneratedCodeInfo, GeneratedCodeInfo__Output as _google_protobuf_GeneratedCodeInfo__Output } from './google/protobuf/GeneratedCodeInfo.ts';
import type { ListValue as _google_protobuf_ListValue, ListValue__Output as _google_protobuf_ListValue__Output } from './google/protobuf/ListValue.ts';
import type { MessageOptions as _google_protobuf_MessageOptions, MessageOptions__Output as _google_protobuf_MessageOptions__Output } from './google/protobuf/MessageOptions.ts';
import type { MethodDescriptorProto as _google_protobuf_MethodDescriptorProto, MethodDescriptorProto__Output as _google_protobuf_MethodDescriptorProto__Output } from './google/protobuf/MethodDescriptorProto.ts';
import type { MethodOptions as _google_protobuf_MethodOptions, MethodOptions__Output as _google_protobuf_MethodOptions__Output } from './google/protobuf/MethodOptions.ts';
import type { OneofDescriptorProto as _google_protobuf_OneofDescriptorProto, OneofDescriptorProto__Output as _google_protobuf_OneofDescriptorProto__Output } from './google/protobuf/OneofDescriptorProto.ts';
import type { OneofOptions as _google_protobuf_OneofOptions, OneofOptions__Output as _google_protobuf_OneofOptions__Output } from './google/protobuf/OneofOptions.ts';
import type { ServiceDescriptorProto as _google_protobuf_ServiceDescriptorProto, ServiceDescriptorProto__Output as _google_protobuf_ServiceDescriptorProto__Output } from './google/protobuf/ServiceDescriptorProto.ts';
import type { ServiceOptions as _google_protobuf_ServiceOptions, ServiceOptions__Output as _google_protobuf_ServiceOptions__Output } from './google/protobuf/ServiceOptions.ts';
import type { SourceCodeInfo as _google_protobuf_SourceCodeInfo, SourceCodeInfo__Output as _google_protobuf_SourceCodeInfo__Output } from './google/protobuf/SourceCodeInfo.ts';
import type { Struct as _google_protobuf_Struct, Struct__Output as _google_protobuf_Struct__Output } from './google/protobuf/Struct.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from './google/protobuf/Timestamp.ts';
import type { UninterpretedOption as _google_protobuf_UninterpretedOption, UninterpretedOption__Output as _google_protobuf_UninterpretedOption__Output } from './google/protobuf/UninterpretedOption.ts';
import type { Value as _google_protobuf_Value, Value__Output as _google_protobuf_Value__Output } from './google/protobuf/Value.ts';
import type { Address as _netnslab_v1_Address, Address__Output as _netnslab_v1_Address__Output } from './netnslab/v1/Address.ts';
import type { CreateLabRequest as _netnslab_v1_CreateLabRequest, CreateLabRequest__Output as _netnslab_v1_CreateLabRequest__Output } from './netnslab/v1/CreateLabRequest.ts';
import type { DeleteLabRequest as _netnslab_v1_DeleteLabRequest, DeleteLabRequest__Output as _netnslab_v1_DeleteLabRequest__Output } from './netnslab/v1/DeleteLabRequest.ts';
import type { DeleteLabResponse as _netnslab_v1_DeleteLabResponse, DeleteLabResponse__Output as _netnslab_v1_DeleteLabResponse__Output } from './netnslab/v1/DeleteLabResponse.ts';
import type { Device as _netnslab_v1_Device, Device__Output as _netnslab_v1_Device__Output } from './netnslab/v1/Device.ts';
import type { Drift as _netnslab_v1_Drift, Drift__Output as _netnslab_v1_Drift__Output } from './netnslab/v1/Drift.ts';
import type { FdbEntry as _netnslab_v1_FdbEntry, FdbEntry__Output as _netnslab_v1_FdbEntry__Output } from './netnslab/v1/FdbEntry.ts';
import type { Flow as _netnslab_v1_Flow, Flow__Output as _netnslab_v1_Flow__Output } from './netnslab/v1/Flow.ts';
import type { GetGraphRequest as _netnslab_v1_GetGraphRequest, GetGraphRequest__Output as _netnslab_v1_GetGraphRequest__Output } from './netnslab/v1/GetGraphRequest.ts';
import type { GetGraphResponse as _netnslab_v1_GetGraphResponse, GetGraphResponse__Output as _netnslab_v1_GetGraphResponse__Output } from './netnslab/v1/GetGraphResponse.ts';
import type { GetLabRequest as _netnslab_v1_GetLabRequest, GetLabRequest__Output as _netnslab_v1_GetLabRequest__Output } from './netnslab/v1/GetLabRequest.ts';
import type { GetScriptRequest as _netnslab_v1_GetScriptRequest, GetScriptRequest__Output as _netnslab_v1_GetScriptRequest__Output } from './netnslab/v1/GetScriptRequest.ts';
import type { GetScriptResponse as _netnslab_v1_GetScriptResponse, GetScriptResponse__Output as _netnslab_v1_GetScriptResponse__Output } from './netnslab/v1/GetScriptResponse.ts';
import type { InspectLabRequest as _netnslab_v1_InspectLabRequest, InspectLabRequest__Output as _netnslab_v1_InspectLabRequest__Output } from './netnslab/v1/InspectLabRequest.ts';
import type { InspectLabResponse as _netnslab_v1_InspectLabResponse, InspectLabResponse__Output as _netnslab_v1_InspectLabResponse__Output } from './netnslab/v1/InspectLabResponse.ts';
import type { Lab as _netnslab_v1_Lab, Lab__Output as _netnslab_v1_Lab__Output } from './netnslab/v1/Lab.ts';
import type { LabServiceClient as _netnslab_v1_LabServiceClient, LabServiceDefinition as _netnslab_v1_LabServiceDefinition } from './netnslab/v1/LabService.ts';
import type { ListLabsRequest as _netnslab_v1_ListLabsRequest, ListLabsRequest__Output as _netnslab_v1_ListLabsRequest__Output } from './netnslab/v1/ListLabsRequest.ts';
import type { ListLabsResponse as _netnslab_v1_ListLabsResponse, ListLabsResponse__Output as _netnslab_v1_ListLabsResponse__Output } from './netnslab/v1/ListLabsResponse.ts';
import type { Member as _netnslab_v1_Member, Member__Output as _netnslab_v1_Member__Output } from './netnslab/v1/Member.ts';
import type { MemberDevice as _netnslab_v1_MemberDevice, MemberDevice__Output as _netnslab_v1_MemberDevice__Output } from './netnslab/v1/MemberDevice.ts';
import type { MemberState as _netnslab_v1_MemberState, MemberState__Output as _netnslab_v1_MemberState__Output } from './netnslab/v1/MemberState.ts';
import type { Neighbour as _netnslab_v1_Neighbour, Neighbour__Output as _netnslab_v1_Neighbour__Output } from './netnslab/v1/Neighbour.ts';
import type { NftChain as _netnslab_v1_NftChain, NftChain__Output as _netnslab_v1_NftChain__Output } from './netnslab/v1/NftChain.ts';
import type { NftRule as _netnslab_v1_NftRule, NftRule__Output as _netnslab_v1_NftRule__Output } from './netnslab/v1/NftRule.ts';
import type { NftTable as _netnslab_v1_NftTable, NftTable__Output as _netnslab_v1_NftTable__Output } from './netnslab/v1/NftTable.ts';
import type { PingError as _netnslab_v1_PingError, PingError__Output as _netnslab_v1_PingError__Output } from './netnslab/v1/PingError.ts';
import type { PingMatrixRequest as _netnslab_v1_PingMatrixRequest, PingMatrixRequest__Output as _netnslab_v1_PingMatrixRequest__Output } from './netnslab/v1/PingMatrixRequest.ts';
import type { PingMatrixResponse as _netnslab_v1_PingMatrixResponse, PingMatrixResponse__Output as _netnslab_v1_PingMatrixResponse__Output } from './netnslab/v1/PingMatrixResponse.ts';
import type { PingPair as _netnslab_v1_PingPair, PingPair__Output as _netnslab_v1_PingPair__Output } from './netnslab/v1/PingPair.ts';
import type { PingReply as _netnslab_v1_PingReply, PingReply__Output as _netnslab_v1_PingReply__Output } from './netnslab/v1/PingReply.ts';
import type { PingRequest as _netnslab_v1_PingRequest, PingRequest__Output as _netnslab_v1_PingRequest__Output } from './netnslab/v1/PingRequest.ts';
import type { PingResponse as _netnslab_v1_PingResponse, PingResponse__Output as _netnslab_v1_PingResponse__Output } from './netnslab/v1/PingResponse.ts';
import type { PingSilence as _netnslab_v1_PingSilence, PingSilence__Output as _netnslab_v1_PingSilence__Output } from './netnslab/v1/PingSilence.ts';
import type { PingStarted as _netnslab_v1_PingStarted, PingStarted__Output as _netnslab_v1_PingStarted__Output } from './netnslab/v1/PingStarted.ts';
import type { PingStatistics as _netnslab_v1_PingStatistics, PingStatistics__Output as _netnslab_v1_PingStatistics__Output } from './netnslab/v1/PingStatistics.ts';
import type { Plan as _netnslab_v1_Plan, Plan__Output as _netnslab_v1_Plan__Output } from './netnslab/v1/Plan.ts';
import type { PlanStep as _netnslab_v1_PlanStep, PlanStep__Output as _netnslab_v1_PlanStep__Output } from './netnslab/v1/PlanStep.ts';
import type { Progress as _netnslab_v1_Progress, Progress__Output as _netnslab_v1_Progress__Output } from './netnslab/v1/Progress.ts';
import type { Qdisc as _netnslab_v1_Qdisc, Qdisc__Output as _netnslab_v1_Qdisc__Output } from './netnslab/v1/Qdisc.ts';
import type { RestOptions as _netnslab_v1_RestOptions, RestOptions__Output as _netnslab_v1_RestOptions__Output } from './netnslab/v1/RestOptions.ts';
import type { Route as _netnslab_v1_Route, Route__Output as _netnslab_v1_Route__Output } from './netnslab/v1/Route.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  google: {
    api: {
      CustomHttpPattern: MessageTypeDefinition<_google_api_CustomHttpPattern, _google_api_CustomHttpPattern__Output>
      Http: MessageTypeDefinition<_google_api_Http, _google_api_Http__Output>
      HttpRule: MessageTypeDefinition<_google_api_HttpRule, _google_api_HttpRule__Output>
    }
    protobuf: {
      DescriptorProto: MessageTypeDefinition<_google_protobuf_DescriptorProto, _google_protobuf_DescriptorProto__Output>
      Edition: EnumTypeDefinition
      EnumDescriptorProto: MessageTypeDefinition<_google_protobuf_EnumDescriptorProto, _google_protobuf_EnumDescriptorProto__Output>
      EnumOptions: MessageTypeDefinition<_google_protobuf_EnumOptions, _google_protobuf_EnumOptions__Output>
      EnumValueDescriptorProto: MessageTypeDefinition<_google_protobuf_EnumValueDescriptorProto, _google_protobuf_EnumValueDescriptorProto__Output>
      EnumValueOptions: MessageTypeDefinition<_google_protobuf_EnumValueOptions, _google_protobuf_EnumValueOptions__Output>
      ExtensionRangeOptions: MessageTypeDefinition<_google_protobuf_ExtensionRangeOptions, _google_protobuf_ExtensionRangeOptions__Output>
      FeatureSet: MessageTypeDefinition<_google_protobuf_FeatureSet, _google_protobuf_FeatureSet__Output>
      FeatureSetDefaults: MessageTypeDefinition<_google_protobuf_FeatureSetDefaults, _google_protobuf_FeatureSetDefaults__Output>
      FieldDescriptorProto: MessageTypeDefinition<_google_protobuf_FieldDescriptorProto, _google_protobuf_FieldDescriptorProto__Output>
      FieldMask: MessageTypeDefinition<_google_protobuf_FieldMask, _google_protobuf_FieldMask__Output>
      FieldOptions: MessageTypeDefinition<_google_protobuf_FieldOptions, _google_protobuf_FieldOptions__Output>
      FileDescriptorProto: MessageTypeDefinition<_google_protobuf_FileDescriptorProto, _google_protobuf_FileDescriptorProto__Output>
      FileDescriptorSet: MessageTypeDefinition<_google_protobuf_FileDescriptorSet, _google_protobuf_FileDescriptorSet__Output>
      FileOptions: MessageTypeDefinition<_google_protobuf_FileOptions, _google_protobuf_FileOptions__Output>
      GeneratedCodeInfo: MessageTypeDefinition<_google_protobuf_GeneratedCodeInfo, _google_protobuf_GeneratedCodeInfo__Output>
      ListValue: MessageTypeDefinition<_google_protobuf_ListValue, _google_protobuf_ListValue__Output>
      MessageOptions: MessageTypeDefinition<_google_protobuf_MessageOptions, _google_protobuf_MessageOptions__Output>
      MethodDescriptorProto: MessageTypeDefinition<_google_protobuf_MethodDescriptorProto, _google_protobuf_MethodDescriptorProto__Output>
      MethodOptions: MessageTypeDefinition<_google_protobuf_MethodOptions, _google_protobuf_MethodOptions__Output>
      NullValue: EnumTypeDefinition
      OneofDescriptorProto: MessageTypeDefinition<_google_protobuf_OneofDescriptorProto, _google_protobuf_OneofDescriptorProto__Output>
      OneofOptions: MessageTypeDefinition<_google_protobuf_OneofOptions, _google_protobuf_OneofOptions__Output>
      ServiceDescriptorProto: MessageTypeDefinition<_google_protobuf_ServiceDescriptorProto, _google_protobuf_ServiceDescriptorProto__Output>
      ServiceOptions: MessageTypeDefinition<_google_protobuf_ServiceOptions, _google_protobuf_ServiceOptions__Output>
      SourceCodeInfo: MessageTypeDefinition<_google_protobuf_SourceCodeInfo, _google_protobuf_SourceCodeInfo__Output>
      Struct: MessageTypeDefinition<_google_protobuf_Struct, _google_protobuf_Struct__Output>
      SymbolVisibility: EnumTypeDefinition
      Timestamp: MessageTypeDefinition<_google_protobuf_Timestamp, _google_protobuf_Timestamp__Output>
      UninterpretedOption: MessageTypeDefinition<_google_protobuf_UninterpretedOption, _google_protobuf_UninterpretedOption__Output>
      Value: MessageTypeDefinition<_google_protobuf_Value, _google_protobuf_Value__Output>
    }
  }
  netnslab: {
    v1: {
      Address: MessageTypeDefinition<_netnslab_v1_Address, _netnslab_v1_Address__Output>
      CreateLabRequest: MessageTypeDefinition<_netnslab_v1_CreateLabRequest, _netnslab_v1_CreateLabRequest__Output>
      DeleteLabRequest: MessageTypeDefinition<_netnslab_v1_DeleteLabRequest, _netnslab_v1_DeleteLabRequest__Output>
      DeleteLabResponse: MessageTypeDefinition<_netnslab_v1_DeleteLabResponse, _netnslab_v1_DeleteLabResponse__Output>
      Device: MessageTypeDefinition<_netnslab_v1_Device, _netnslab_v1_Device__Output>
      Drift: MessageTypeDefinition<_netnslab_v1_Drift, _netnslab_v1_Drift__Output>
      FdbEntry: MessageTypeDefinition<_netnslab_v1_FdbEntry, _netnslab_v1_FdbEntry__Output>
      Flow: MessageTypeDefinition<_netnslab_v1_Flow, _netnslab_v1_Flow__Output>
      GetGraphRequest: MessageTypeDefinition<_netnslab_v1_GetGraphRequest, _netnslab_v1_GetGraphRequest__Output>
      GetGraphResponse: MessageTypeDefinition<_netnslab_v1_GetGraphResponse, _netnslab_v1_GetGraphResponse__Output>
      GetLabRequest: MessageTypeDefinition<_netnslab_v1_GetLabRequest, _netnslab_v1_GetLabRequest__Output>
      GetScriptRequest: MessageTypeDefinition<_netnslab_v1_GetScriptRequest, _netnslab_v1_GetScriptRequest__Output>
      GetScriptResponse: MessageTypeDefinition<_netnslab_v1_GetScriptResponse, _netnslab_v1_GetScriptResponse__Output>
      InspectLabRequest: MessageTypeDefinition<_netnslab_v1_InspectLabRequest, _netnslab_v1_InspectLabRequest__Output>
      InspectLabResponse: MessageTypeDefinition<_netnslab_v1_InspectLabResponse, _netnslab_v1_InspectLabResponse__Output>
      Lab: MessageTypeDefinition<_netnslab_v1_Lab, _netnslab_v1_Lab__Output>
      /**
       * Builds, shows, pings and removes network labs.
       */
      LabService: SubtypeConstructor<typeof grpc.Client, _netnslab_v1_LabServiceClient> & { service: _netnslab_v1_LabServiceDefinition }
      LabState: EnumTypeDefinition
      ListLabsRequest: MessageTypeDefinition<_netnslab_v1_ListLabsRequest, _netnslab_v1_ListLabsRequest__Output>
      ListLabsResponse: MessageTypeDefinition<_netnslab_v1_ListLabsResponse, _netnslab_v1_ListLabsResponse__Output>
      Member: MessageTypeDefinition<_netnslab_v1_Member, _netnslab_v1_Member__Output>
      MemberDevice: MessageTypeDefinition<_netnslab_v1_MemberDevice, _netnslab_v1_MemberDevice__Output>
      MemberState: MessageTypeDefinition<_netnslab_v1_MemberState, _netnslab_v1_MemberState__Output>
      Neighbour: MessageTypeDefinition<_netnslab_v1_Neighbour, _netnslab_v1_Neighbour__Output>
      NftChain: MessageTypeDefinition<_netnslab_v1_NftChain, _netnslab_v1_NftChain__Output>
      NftRule: MessageTypeDefinition<_netnslab_v1_NftRule, _netnslab_v1_NftRule__Output>
      NftTable: MessageTypeDefinition<_netnslab_v1_NftTable, _netnslab_v1_NftTable__Output>
      PingError: MessageTypeDefinition<_netnslab_v1_PingError, _netnslab_v1_PingError__Output>
      PingMatrixRequest: MessageTypeDefinition<_netnslab_v1_PingMatrixRequest, _netnslab_v1_PingMatrixRequest__Output>
      PingMatrixResponse: MessageTypeDefinition<_netnslab_v1_PingMatrixResponse, _netnslab_v1_PingMatrixResponse__Output>
      PingPair: MessageTypeDefinition<_netnslab_v1_PingPair, _netnslab_v1_PingPair__Output>
      PingReply: MessageTypeDefinition<_netnslab_v1_PingReply, _netnslab_v1_PingReply__Output>
      PingRequest: MessageTypeDefinition<_netnslab_v1_PingRequest, _netnslab_v1_PingRequest__Output>
      PingResponse: MessageTypeDefinition<_netnslab_v1_PingResponse, _netnslab_v1_PingResponse__Output>
      PingSilence: MessageTypeDefinition<_netnslab_v1_PingSilence, _netnslab_v1_PingSilence__Output>
      PingStarted: MessageTypeDefinition<_netnslab_v1_PingStarted, _netnslab_v1_PingStarted__Output>
      PingStatistics: MessageTypeDefinition<_netnslab_v1_PingStatistics, _netnslab_v1_PingStatistics__Output>
      Plan: MessageTypeDefinition<_netnslab_v1_Plan, _netnslab_v1_Plan__Output>
      PlanStep: MessageTypeDefinition<_netnslab_v1_PlanStep, _netnslab_v1_PlanStep__Output>
      Progress: MessageTypeDefinition<_netnslab_v1_Progress, _netnslab_v1_Progress__Output>
      Qdisc: MessageTypeDefinition<_netnslab_v1_Qdisc, _netnslab_v1_Qdisc__Output>
      RestOptions: MessageTypeDefinition<_netnslab_v1_RestOptions, _netnslab_v1_RestOptions__Output>
      Route: MessageTypeDefinition<_netnslab_v1_Route, _netnslab_v1_Route__Output>
    }
  }
}

