// Original file: proto/netnslab/v1/inspect.proto


export interface Address {
  'device'?: (string);
  'address'?: (string);
  'scope'?: (string);
  'flags'?: (string)[];
}

export interface Address__Output {
  'device': (string);
  'address': (string);
  'scope': (string);
  'flags': (string)[];
}
