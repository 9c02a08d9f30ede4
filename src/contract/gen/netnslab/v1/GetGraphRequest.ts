// Original file: proto/netnslab/v1/lab_service.proto


export interface GetGraphRequest {
  'lab'?: (string);
  /**
   * mermaid (default), dot, svg or json.
   */
  'format'?: (string);
}

export interface GetGraphRequest__Output {
  'lab': (string);
  /**
   * mermaid (default), dot, svg or json.
   */
  'format': (string);
}
