// Original file: proto/netnslab/v1/lab.proto


export interface Progress {
  /**
   * namespaces, sysctls, devices, addresses, routes, qdiscs, rules, reading-back, removing.
   */
  'phase'?: (string);
  'stepsDone'?: (number);
  'stepsTotal'?: (number);
}

export interface Progress__Output {
  /**
   * namespaces, sysctls, devices, addresses, routes, qdiscs, rules, reading-back, removing.
   */
  'phase': (string);
  'stepsDone': (number);
  'stepsTotal': (number);
}
