// Original file: proto/netnslab/v1/lab_service.proto


export interface GetGraphResponse {
  'content'?: (string);
  /**
   * text/vnd.mermaid, text/vnd.graphviz, image/svg+xml or application/json.
   */
  'mediaType'?: (string);
}

export interface GetGraphResponse__Output {
  'content': (string);
  /**
   * text/vnd.mermaid, text/vnd.graphviz, image/svg+xml or application/json.
   */
  'mediaType': (string);
}
