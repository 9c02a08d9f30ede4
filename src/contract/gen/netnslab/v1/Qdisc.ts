// Original file: proto/netnslab/v1/inspect.proto


export interface Qdisc {
  'device'?: (string);
  'kind'?: (string);
  'handle'?: (string);
  'parent'?: (string);
  'options'?: ({[key: string]: number | string});
}

export interface Qdisc__Output {
  'device': (string);
  'kind': (string);
  'handle': (string);
  'parent': (string);
  'options': ({[key: string]: number});
}
