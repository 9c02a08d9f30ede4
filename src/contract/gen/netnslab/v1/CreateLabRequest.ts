// Original file: proto/netnslab/v1/lab_service.proto

import type { Struct as _google_protobuf_Struct, Struct__Output as _google_protobuf_Struct__Output } from '../../google/protobuf/Struct.ts';

export interface CreateLabRequest {
  /**
   * The spec as data (the JSON Schema stands at /v1/schema). Give this or spec_yaml.
   */
  'spec'?: (_google_protobuf_Struct | null);
  /**
   * The spec as YAML or JSON text; problems then carry line and column.
   */
  'specYaml'?: (string);
  /**
   * Name of the lab; overrides the spec's `name`, so that one spec serves many labs.
   */
  'lab'?: (string);
  /**
   * Calculate and check only: answers with the plan, changes nothing.
   */
  'validateOnly'?: (boolean);
  /**
   * Answer as soon as the intent is saved; GetLab then shows the progress.
   */
  'async'?: (boolean);
  /**
   * Chosen by the caller, at most 36 characters: a repeated request with the same id and content is answered as the
   * first one was, for 24 hours.
   */
  'requestId'?: (string);
}

export interface CreateLabRequest__Output {
  /**
   * The spec as data (the JSON Schema stands at /v1/schema). Give this or spec_yaml.
   */
  'spec': (_google_protobuf_Struct__Output | null);
  /**
   * The spec as YAML or JSON text; problems then carry line and column.
   */
  'specYaml': (string);
  /**
   * Name of the lab; overrides the spec's `name`, so that one spec serves many labs.
   */
  'lab': (string);
  /**
   * Calculate and check only: answers with the plan, changes nothing.
   */
  'validateOnly': (boolean);
  /**
   * Answer as soon as the intent is saved; GetLab then shows the progress.
   */
  'async': (boolean);
  /**
   * Chosen by the caller, at most 36 characters: a repeated request with the same id and content is answered as the
   * first one was, for 24 hours.
   */
  'requestId': (string);
}
