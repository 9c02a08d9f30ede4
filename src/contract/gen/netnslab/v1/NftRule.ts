// Original file: proto/netnslab/v1/inspect.proto


export interface NftRule {
  'handle'?: (number);
  /**
   * Place in the spec it serves, e.g. routers[0].nat.masquerade[0]; empty for rules that are not ours.
   */
  'origin'?: (string);
  /**
   * As people read it.
   */
  'text'?: (string);
  'packets'?: (number | string);
  'bytes'?: (number | string);
}

export interface NftRule__Output {
  'handle': (number);
  /**
   * Place in the spec it serves, e.g. routers[0].nat.masquerade[0]; empty for rules that are not ours.
   */
  'origin': (string);
  /**
   * As people read it.
   */
  'text': (string);
  'packets': (number);
  'bytes': (number);
}
