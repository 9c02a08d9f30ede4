// Original file: proto/netnslab/v1/ping.proto


/**
 * An ICMP error about the echo request, or the sender's own kernel refusing to send it.
 */
export interface PingError {
  'sequence'?: (number);
  /**
   * Who says so; the sender's own member when it could not be sent.
   */
  'from'?: (string);
  /**
   * net-unreachable, host-unreachable, port-unreachable, prohibited, ttl-exceeded, fragmentation-needed, no-route,
   * message-too-long, refused.
   */
  'reason'?: (string);
  /**
   * For fragmentation-needed and message-too-long: the MTU on the way.
   */
  'mtuBytes'?: (number);
}

/**
 * An ICMP error about the echo request, or the sender's own kernel refusing to send it.
 */
export interface PingError__Output {
  'sequence': (number);
  /**
   * Who says so; the sender's own member when it could not be sent.
   */
  'from': (string);
  /**
   * net-unreachable, host-unreachable, port-unreachable, prohibited, ttl-exceeded, fragmentation-needed, no-route,
   * message-too-long, refused.
   */
  'reason': (string);
  /**
   * For fragmentation-needed and message-too-long: the MTU on the way.
   */
  'mtuBytes': (number);
}
