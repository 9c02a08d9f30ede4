// Original file: proto/netnslab/v1/host_service.proto


export interface Usage {
  'labs'?: (number);
  'namespaces'?: (number);
  /**
   * Resident memory of the engine process.
   */
  'engineRssBytes'?: (number | string);
  'uptimeSeconds'?: (number | string);
}

export interface Usage__Output {
  'labs': (number);
  'namespaces': (number);
  /**
   * Resident memory of the engine process.
   */
  'engineRssBytes': (number);
  'uptimeSeconds': (number);
}
