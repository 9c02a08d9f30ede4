// Original file: proto/netnslab/v1/ping.proto


export interface PingPair {
  'from'?: (string);
  'to'?: (string);
  'destination'?: (string);
  'answered'?: (boolean);
  'rttMs'?: (number | string);
  /**
   * Why not, when not answered: no-answer, no-address, no-route, host-unreachable …
   */
  'reason'?: (string);
}

export interface PingPair__Output {
  'from': (string);
  'to': (string);
  'destination': (string);
  'answered': (boolean);
  'rttMs': (number);
  /**
   * Why not, when not answered: no-answer, no-address, no-route, host-unreachable …
   */
  'reason': (string);
}
