// Original file: proto/netnslab/v1/ping.proto


export interface PingSilence {
  'sequence'?: (number);
}

export interface PingSilence__Output {
  'sequence': (number);
}
