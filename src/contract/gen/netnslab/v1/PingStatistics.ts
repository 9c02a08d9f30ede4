// Original file: proto/netnslab/v1/ping.proto


export interface PingStatistics {
  'sent'?: (number);
  'received'?: (number);
  'errors'?: (number);
  'lossPercent'?: (number | string);
  /**
   * 0 when nothing was received.
   */
  'rttMinMs'?: (number | string);
  'rttAvgMs'?: (number | string);
  'rttMaxMs'?: (number | string);
  'rttStddevMs'?: (number | string);
}

export interface PingStatistics__Output {
  'sent': (number);
  'received': (number);
  'errors': (number);
  'lossPercent': (number);
  /**
   * 0 when nothing was received.
   */
  'rttMinMs': (number);
  'rttAvgMs': (number);
  'rttMaxMs': (number);
  'rttStddevMs': (number);
}
