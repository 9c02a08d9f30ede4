// Original file: proto/netnslab/v1/host_service.proto


export interface Feature {
  'name'?: (string);
  'available'?: (boolean);
  /**
   * Why not, in the kernel's words.
   */
  'detail'?: (string);
}

export interface Feature__Output {
  'name': (string);
  'available': (boolean);
  /**
   * Why not, in the kernel's words.
   */
  'detail': (string);
}
