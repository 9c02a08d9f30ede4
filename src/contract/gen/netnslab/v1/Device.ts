// Original file: proto/netnslab/v1/inspect.proto


export interface Device {
  'index'?: (number);
  'device'?: (string);
  /**
   * loopback, veth, bridge …
   */
  'kind'?: (string);
  'up'?: (boolean);
  /**
   * RFC 2863: up, down, lowerlayerdown, unknown …
   */
  'operstate'?: (string);
  'mtuBytes'?: (number);
  'mac'?: (string);
  /**
   * Bridge it is a member of.
   */
  'bridge'?: (string);
  /**
   * disabled, blocking, listening, learning or forwarding, for a member of a bridge.
   */
  'portState'?: (string);
  'hairpin'?: (boolean);
  'stp'?: (boolean);
  'peerIndex'?: (number);
  /**
   * Counters are doubles: exact up to 2^53.
   */
  'rxPackets'?: (number | string);
  'txPackets'?: (number | string);
  'rxBytes'?: (number | string);
  'txBytes'?: (number | string);
  'rxDropped'?: (number | string);
  'txDropped'?: (number | string);
}

export interface Device__Output {
  'index': (number);
  'device': (string);
  /**
   * loopback, veth, bridge …
   */
  'kind': (string);
  'up': (boolean);
  /**
   * RFC 2863: up, down, lowerlayerdown, unknown …
   */
  'operstate': (string);
  'mtuBytes': (number);
  'mac': (string);
  /**
   * Bridge it is a member of.
   */
  'bridge': (string);
  /**
   * disabled, blocking, listening, learning or forwarding, for a member of a bridge.
   */
  'portState': (string);
  'hairpin': (boolean);
  'stp': (boolean);
  'peerIndex': (number);
  /**
   * Counters are doubles: exact up to 2^53.
   */
  'rxPackets': (number);
  'txPackets': (number);
  'rxBytes': (number);
  'txBytes': (number);
  'rxDropped': (number);
  'txDropped': (number);
}
