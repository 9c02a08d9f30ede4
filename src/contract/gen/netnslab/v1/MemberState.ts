// Original file: proto/netnslab/v1/inspect.proto

import type { Device as _netnslab_v1_Device, Device__Output as _netnslab_v1_Device__Output } from '../../netnslab/v1/Device.ts';
import type { Address as _netnslab_v1_Address, Address__Output as _netnslab_v1_Address__Output } from '../../netnslab/v1/Address.ts';
import type { Route as _netnslab_v1_Route, Route__Output as _netnslab_v1_Route__Output } from '../../netnslab/v1/Route.ts';
import type { Neighbour as _netnslab_v1_Neighbour, Neighbour__Output as _netnslab_v1_Neighbour__Output } from '../../netnslab/v1/Neighbour.ts';
import type { FdbEntry as _netnslab_v1_FdbEntry, FdbEntry__Output as _netnslab_v1_FdbEntry__Output } from '../../netnslab/v1/FdbEntry.ts';
import type { Qdisc as _netnslab_v1_Qdisc, Qdisc__Output as _netnslab_v1_Qdisc__Output } from '../../netnslab/v1/Qdisc.ts';
import type { NftTable as _netnslab_v1_NftTable, NftTable__Output as _netnslab_v1_NftTable__Output } from '../../netnslab/v1/NftTable.ts';
import type { Flow as _netnslab_v1_Flow, Flow__Output as _netnslab_v1_Flow__Output } from '../../netnslab/v1/Flow.ts';

/**
 * What the kernel holds in one member's network namespace.
 */
export interface MemberState {
  'member'?: (string);
  'role'?: (string);
  'namespace'?: (string);
  /**
   * false: the namespace is not there; all else is empty then.
   */
  'exists'?: (boolean);
  'devices'?: (_netnslab_v1_Device)[];
  'addresses'?: (_netnslab_v1_Address)[];
  'routes'?: (_netnslab_v1_Route)[];
  'neighbours'?: (_netnslab_v1_Neighbour)[];
  'fdb'?: (_netnslab_v1_FdbEntry)[];
  'qdiscs'?: (_netnslab_v1_Qdisc)[];
  'tables'?: (_netnslab_v1_NftTable)[];
  'sysctls'?: ({[key: string]: string});
  'conntrack'?: (_netnslab_v1_Flow)[];
}

/**
 * What the kernel holds in one member's network namespace.
 */
export interface MemberState__Output {
  'member': (string);
  'role': (string);
  'namespace': (string);
  /**
   * false: the namespace is not there; all else is empty then.
   */
  'exists': (boolean);
  'devices': (_netnslab_v1_Device__Output)[];
  'addresses': (_netnslab_v1_Address__Output)[];
  'routes': (_netnslab_v1_Route__Output)[];
  'neighbours': (_netnslab_v1_Neighbour__Output)[];
  'fdb': (_netnslab_v1_FdbEntry__Output)[];
  'qdiscs': (_netnslab_v1_Qdisc__Output)[];
  'tables': (_netnslab_v1_NftTable__Output)[];
  'sysctls': ({[key: string]: string});
  'conntrack': (_netnslab_v1_Flow__Output)[];
}
