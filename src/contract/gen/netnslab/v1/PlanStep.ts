// Original file: proto/netnslab/v1/lab.proto


export interface PlanStep {
  /**
   * Place in the spec that this object serves, e.g. links[2].
   */
  'origin'?: (string);
  /**
   * Identity of the kernel object, e.g. `address nl01234567-0:eth0 192.0.2.10/24`.
   */
  'object'?: (string);
  'phase'?: (string);
}

export interface PlanStep__Output {
  /**
   * Place in the spec that this object serves, e.g. links[2].
   */
  'origin': (string);
  /**
   * Identity of the kernel object, e.g. `address nl01234567-0:eth0 192.0.2.10/24`.
   */
  'object': (string);
  'phase': (string);
}
