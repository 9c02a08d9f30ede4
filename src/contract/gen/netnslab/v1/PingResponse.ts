// Original file: proto/netnslab/v1/ping.proto

import type { PingStarted as _netnslab_v1_PingStarted, PingStarted__Output as _netnslab_v1_PingStarted__Output } from '../../netnslab/v1/PingStarted.ts';
import type { PingReply as _netnslab_v1_PingReply, PingReply__Output as _netnslab_v1_PingReply__Output } from '../../netnslab/v1/PingReply.ts';
import type { PingSilence as _netnslab_v1_PingSilence, PingSilence__Output as _netnslab_v1_PingSilence__Output } from '../../netnslab/v1/PingSilence.ts';
import type { PingError as _netnslab_v1_PingError, PingError__Output as _netnslab_v1_PingError__Output } from '../../netnslab/v1/PingError.ts';
import type { PingStatistics as _netnslab_v1_PingStatistics, PingStatistics__Output as _netnslab_v1_PingStatistics__Output } from '../../netnslab/v1/PingStatistics.ts';

export interface PingResponse {
  'started'?: (_netnslab_v1_PingStarted | null);
  'reply'?: (_netnslab_v1_PingReply | null);
  'silence'?: (_netnslab_v1_PingSilence | null);
  'error'?: (_netnslab_v1_PingError | null);
  'statistics'?: (_netnslab_v1_PingStatistics | null);
  'event'?: "started"|"reply"|"silence"|"error"|"statistics";
}

export interface PingResponse__Output {
  'started'?: (_netnslab_v1_PingStarted__Output | null);
  'reply'?: (_netnslab_v1_PingReply__Output | null);
  'silence'?: (_netnslab_v1_PingSilence__Output | null);
  'error'?: (_netnslab_v1_PingError__Output | null);
  'statistics'?: (_netnslab_v1_PingStatistics__Output | null);
  'event'?: "started"|"reply"|"silence"|"error"|"statistics";
}
