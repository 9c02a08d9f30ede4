// Original file: proto/netnslab/v1/rest.proto


/**
 * What the REST door needs to know of a method beyond google.api.http. The gateway reads it from the descriptor set, so
 * that a new method needs no line in the gateway.
 */
export interface RestOptions {
  /**
   * A body of type application/yaml becomes this string field of the request; query parameters fill the others.
   */
  'yamlField'?: (string);
  /**
   * With Accept: text/plain (or text_media_type) this string field of the response is the whole answer.
   */
  'textField'?: (string);
  /**
   * Media type of text_field; text/plain when empty.
   */
  'textMediaType'?: (string);
  /**
   * May be called without a token.
   */
  'open'?: (boolean);
  /**
   * This string field of the response holds the media type of text_field, where it differs from answer to answer.
   */
  'textMediaTypeField'?: (string);
}

/**
 * What the REST door needs to know of a method beyond google.api.http. The gateway reads it from the descriptor set, so
 * that a new method needs no line in the gateway.
 */
export interface RestOptions__Output {
  /**
   * A body of type application/yaml becomes this string field of the request; query parameters fill the others.
   */
  'yamlField': (string);
  /**
   * With Accept: text/plain (or text_media_type) this string field of the response is the whole answer.
   */
  'textField': (string);
  /**
   * Media type of text_field; text/plain when empty.
   */
  'textMediaType': (string);
  /**
   * May be called without a token.
   */
  'open': (boolean);
  /**
   * This string field of the response holds the media type of text_field, where it differs from answer to answer.
   */
  'textMediaTypeField': (string);
}
