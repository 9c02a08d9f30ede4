// Original file: proto/netnslab/v1/inspect.proto


export interface Neighbour {
  'device'?: (string);
  'address'?: (string);
  'mac'?: (string);
  'states'?: (string)[];
}

export interface Neighbour__Output {
  'device': (string);
  'address': (string);
  'mac': (string);
  'states': (string)[];
}
