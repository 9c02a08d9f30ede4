// Original file: proto/netnslab/v1/lab_service.proto


export interface ListLabsRequest {
  /**
   * At most this many; 0 means 50, above 500 is taken as 500.
   */
  'pageSize'?: (number);
  /**
   * next_page_token of the answer before; goes with the same filter.
   */
  'pageToken'?: (string);
  /**
   * `state=READY`, `labels.course=net1`, `name=web-*`; several joined by AND.
   */
  'filter'?: (string);
}

export interface ListLabsRequest__Output {
  /**
   * At most this many; 0 means 50, above 500 is taken as 500.
   */
  'pageSize': (number);
  /**
   * next_page_token of the answer before; goes with the same filter.
   */
  'pageToken': (string);
  /**
   * `state=READY`, `labels.course=net1`, `name=web-*`; several joined by AND.
   */
  'filter': (string);
}
