// Original file: proto/netnslab/v1/ping.proto

import type { PingPair as _netnslab_v1_PingPair, PingPair__Output as _netnslab_v1_PingPair__Output } from '../../netnslab/v1/PingPair.ts';

export interface PingMatrixResponse {
  'sent'?: (number);
  'received'?: (number);
  /**
   * Ordered pairs, sender by sender.
   */
  'pairs'?: (_netnslab_v1_PingPair)[];
  'elapsedMs'?: (number | string);
}

export interface PingMatrixResponse__Output {
  'sent': (number);
  'received': (number);
  /**
   * Ordered pairs, sender by sender.
   */
  'pairs': (_netnslab_v1_PingPair__Output)[];
  'elapsedMs': (number);
}
