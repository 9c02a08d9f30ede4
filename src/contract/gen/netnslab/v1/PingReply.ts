// Original file: proto/netnslab/v1/ping.proto


export interface PingReply {
  'sequence'?: (number);
  'from'?: (string);
  'ttl'?: (number);
  'bytes'?: (number);
  'rttMs'?: (number | string);
}

export interface PingReply__Output {
  'sequence': (number);
  'from': (string);
  'ttl': (number);
  'bytes': (number);
  'rttMs': (number);
}
