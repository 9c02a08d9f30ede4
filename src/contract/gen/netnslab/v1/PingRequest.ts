// Original file: proto/netnslab/v1/ping.proto


export interface PingRequest {
  'lab'?: (string);
  /**
   * Member that sends.
   */
  'from'?: (string);
  /**
   * A member's name, `member:device`, or an IPv4 or IPv6 address.
   */
  'to'?: (string);
  /**
   * 4 or 6; 0: the family of `to`, IPv4 first.
   */
  'family'?: (number);
  /**
   * 1 to 1000; 0 means 4.
   */
  'count'?: (number);
  /**
   * 1 to 60000; 0 means 200.
   */
  'intervalMs'?: (number);
  /**
   * How long to wait for each answer, 1 to 60000; 0 means 1000.
   */
  'timeoutMs'?: (number);
  /**
   * ICMP payload, 0 to 65000 bytes; absent means 56.
   */
  'payloadBytes'?: (number);
  /**
   * Never fragment, so that a smaller MTU on the way shows.
   */
  'dontFragment'?: (boolean);
  /**
   * 1 to 255; 0: the member's default.
   */
  'ttl'?: (number);
  '_payloadBytes'?: "payloadBytes";
}

export interface PingRequest__Output {
  'lab': (string);
  /**
   * Member that sends.
   */
  'from': (string);
  /**
   * A member's name, `member:device`, or an IPv4 or IPv6 address.
   */
  'to': (string);
  /**
   * 4 or 6; 0: the family of `to`, IPv4 first.
   */
  'family': (number);
  /**
   * 1 to 1000; 0 means 4.
   */
  'count': (number);
  /**
   * 1 to 60000; 0 means 200.
   */
  'intervalMs': (number);
  /**
   * How long to wait for each answer, 1 to 60000; 0 means 1000.
   */
  'timeoutMs': (number);
  /**
   * ICMP payload, 0 to 65000 bytes; absent means 56.
   */
  'payloadBytes'?: (number);
  /**
   * Never fragment, so that a smaller MTU on the way shows.
   */
  'dontFragment': (boolean);
  /**
   * 1 to 255; 0: the member's default.
   */
  'ttl': (number);
  '_payloadBytes'?: "payloadBytes";
}
