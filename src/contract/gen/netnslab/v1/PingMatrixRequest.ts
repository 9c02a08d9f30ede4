// Original file: proto/netnslab/v1/ping.proto


export interface PingMatrixRequest {
  'lab'?: (string);
  /**
   * Members that ask and are asked; empty: all hosts and routers with an address.
   */
  'members'?: (string)[];
  /**
   * 4 or 6; 0 means IPv4 where both ends have it, else IPv6.
   */
  'family'?: (number);
  /**
   * For the whole matrix, 1 to 60000; 0 means 2000.
   */
  'timeoutMs'?: (number);
}

export interface PingMatrixRequest__Output {
  'lab': (string);
  /**
   * Members that ask and are asked; empty: all hosts and routers with an address.
   */
  'members': (string)[];
  /**
   * 4 or 6; 0 means IPv4 where both ends have it, else IPv6.
   */
  'family': (number);
  /**
   * For the whole matrix, 1 to 60000; 0 means 2000.
   */
  'timeoutMs': (number);
}
