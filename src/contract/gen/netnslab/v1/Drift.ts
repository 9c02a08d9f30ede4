// Original file: proto/netnslab/v1/lab.proto


/**
 * One difference between what was planned and what the kernel holds.
 */
export interface Drift {
  /**
   * missing, unexpected or different.
   */
  'kind'?: (string);
  /**
   * Identity of the kernel object.
   */
  'object'?: (string);
  /**
   * Place in the spec it serves; empty for unexpected objects.
   */
  'origin'?: (string);
  /**
   * For `different`: the field, and both values.
   */
  'field'?: (string);
  'planned'?: (string);
  'observed'?: (string);
}

/**
 * One difference between what was planned and what the kernel holds.
 */
export interface Drift__Output {
  /**
   * missing, unexpected or different.
   */
  'kind': (string);
  /**
   * Identity of the kernel object.
   */
  'object': (string);
  /**
   * Place in the spec it serves; empty for unexpected objects.
   */
  'origin': (string);
  /**
   * For `different`: the field, and both values.
   */
  'field': (string);
  'planned': (string);
  'observed': (string);
}
