// Original file: proto/netnslab/v1/inspect.proto


/**
 * A connection as conntrack holds it: both directions, so that address translation shows.
 */
export interface Flow {
  'protocol'?: (string);
  'source'?: (string);
  'destination'?: (string);
  'sourcePort'?: (number);
  'destinationPort'?: (number);
  'replySource'?: (string);
  'replyDestination'?: (string);
  'replySourcePort'?: (number);
  'replyDestinationPort'?: (number);
  'state'?: (string);
  'status'?: (string)[];
  'timeoutSeconds'?: (number);
}

/**
 * A connection as conntrack holds it: both directions, so that address translation shows.
 */
export interface Flow__Output {
  'protocol': (string);
  'source': (string);
  'destination': (string);
  'sourcePort': (number);
  'destinationPort': (number);
  'replySource': (string);
  'replyDestination': (string);
  'replySourcePort': (number);
  'replyDestinationPort': (number);
  'state': (string);
  'status': (string)[];
  'timeoutSeconds': (number);
}
