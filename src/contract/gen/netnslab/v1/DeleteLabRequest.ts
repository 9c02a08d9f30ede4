// Original file: proto/netnslab/v1/lab_service.proto


export interface DeleteLabRequest {
  'lab'?: (string);
  /**
   * A lab that is not there is success.
   */
  'allowMissing'?: (boolean);
  /**
   * Answer when the removal is begun.
   */
  'async'?: (boolean);
  /**
   * When given, the lab is removed only if it still has this etag.
   */
  'etag'?: (string);
}

export interface DeleteLabRequest__Output {
  'lab': (string);
  /**
   * A lab that is not there is success.
   */
  'allowMissing': (boolean);
  /**
   * Answer when the removal is begun.
   */
  'async': (boolean);
  /**
   * When given, the lab is removed only if it still has this etag.
   */
  'etag': (string);
}
