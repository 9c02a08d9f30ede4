// Original file: proto/netnslab/v1/inspect.proto


export interface Route {
  'to'?: (string);
  /**
   * unicast, blackhole, unreachable, prohibit.
   */
  'type'?: (string);
  'via'?: (string);
  'device'?: (string);
  'metric'?: (number);
  'protocol'?: (string);
  'scope'?: (string);
  'source'?: (string);
}

export interface Route__Output {
  'to': (string);
  /**
   * unicast, blackhole, unreachable, prohibit.
   */
  'type': (string);
  'via': (string);
  'device': (string);
  'metric': (number);
  'protocol': (string);
  'scope': (string);
  'source': (string);
}
