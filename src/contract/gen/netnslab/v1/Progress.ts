// Original file: proto/netnslab/v1/lab.proto


export interface Progress {
  /**
   * namespaces, sysctls, devices, rules, addresses, routes, qdiscs, reading-back or removing.
   */
  'phase'?: (string);
  'stepsDone'?: (number);
  'stepsTotal'?: (number);
}

export interface Progress__Output {
  /**
   * namespaces, sysctls, devices, rules, addresses, routes, qdiscs, reading-back or removing.
   */
  'phase': (string);
  'stepsDone': (number);
  'stepsTotal': (number);
}
