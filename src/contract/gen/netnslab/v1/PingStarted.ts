// Original file: proto/netnslab/v1/ping.proto


export interface PingStarted {
  'from'?: (string);
  /**
   * The address that is asked.
   */
  'destination'?: (string);
  'payloadBytes'?: (number);
}

export interface PingStarted__Output {
  'from': (string);
  /**
   * The address that is asked.
   */
  'destination': (string);
  'payloadBytes': (number);
}
