// Original file: proto/netnslab/v1/host_service.proto


export interface Limit {
  'name'?: (string);
  'limit'?: (number | string);
  /**
   * -1 where the kernel does not tell.
   */
  'used'?: (number | string);
}

export interface Limit__Output {
  'name': (string);
  'limit': (number);
  /**
   * -1 where the kernel does not tell.
   */
  'used': (number);
}
