// Original file: proto/netnslab/v1/lab.proto

import type { MemberDevice as _netnslab_v1_MemberDevice, MemberDevice__Output as _netnslab_v1_MemberDevice__Output } from '../../netnslab/v1/MemberDevice.ts';

/**
 * A part of a lab with a network namespace of its own.
 */
export interface Member {
  'name'?: (string);
  /**
   * host, router, switch or uplink.
   */
  'role'?: (string);
  /**
   * As `ip netns list` shows it.
   */
  'namespace'?: (string);
  /**
   * Place in the spec, e.g. hosts[0].
   */
  'path'?: (string);
  'devices'?: (_netnslab_v1_MemberDevice)[];
}

/**
 * A part of a lab with a network namespace of its own.
 */
export interface Member__Output {
  'name': (string);
  /**
   * host, router, switch or uplink.
   */
  'role': (string);
  /**
   * As `ip netns list` shows it.
   */
  'namespace': (string);
  /**
   * Place in the spec, e.g. hosts[0].
   */
  'path': (string);
  'devices': (_netnslab_v1_MemberDevice__Output)[];
}
