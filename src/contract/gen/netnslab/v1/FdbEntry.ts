// Original file: proto/netnslab/v1/inspect.proto


export interface FdbEntry {
  'device'?: (string);
  'mac'?: (string);
  'states'?: (string)[];
  'destination'?: (string);
}

export interface FdbEntry__Output {
  'device': (string);
  'mac': (string);
  'states': (string)[];
  'destination': (string);
}
