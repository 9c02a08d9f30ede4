// Original file: proto/netnslab/v1/lab.proto


export interface MemberDevice {
  'device'?: (string);
  'mac'?: (string);
  /**
   * With prefix length, e.g. 192.0.2.10/24.
   */
  'addresses'?: (string)[];
  /**
   * The switch or link it is attached to.
   */
  'link'?: (string);
}

export interface MemberDevice__Output {
  'device': (string);
  'mac': (string);
  /**
   * With prefix length, e.g. 192.0.2.10/24.
   */
  'addresses': (string)[];
  /**
   * The switch or link it is attached to.
   */
  'link': (string);
}
