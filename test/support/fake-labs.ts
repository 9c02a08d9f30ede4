import type { ObservedNamespace } from '../../src/kernel/observed.ts'
import type { Lab } from '../../src/labs/lab.ts'
import type { HostFacts, LabsPort } from '../../src/labs/labs-port.ts'

/** Use cases that answer from memory, for tests of the doors. `asked` holds what they were asked, in order. */
export function fakeLabs(overrides: Partial<LabsPort> = {}): LabsPort & { readonly asked: unknown[][] } {
  const asked: unknown[][] = []
  const labs: LabsPort = {
    async create(request) {
      const state = request.validateOnly ? 'planned' : request.async ? 'creating' : 'ready'
      return aLab({ name: request.name ?? 'two-nodes', state })
    },
    async get(name) {
      return aLab({ name })
    },
    async list() {
      return { labs: [aLab({ name: 'a' }), aLab({ name: 'b' })], more: true }
    },
    async delete({ async }) {
      return async ? { state: 'deleting', removed: 0, removeMs: 0 } : { state: 'gone', removed: 7, removeMs: 12.5 }
    },
    async inspect({ members }) {
      const observed = members.map((member) => ({ member, role: 'host', observed: anObservedNamespace() }))
      return { readAtMs: 1_800_000_000_250, members: observed, drifts: [{ kind: 'unexpected', object: 'route x' }] }
    },
    async ping({ from, payloadBytes }, onEvent) {
      onEvent({ kind: 'started', from, destination: '192.0.2.10', payloadBytes })
      onEvent({ kind: 'reply', sequence: 1, from: '192.0.2.10', ttl: 64, bytes: 64, rttMs: 0.25 })
      onEvent({ kind: 'silence', sequence: 2 })
      onEvent({ kind: 'error', sequence: 3, from: '192.0.2.1', reason: 'fragmentation-needed', mtuBytes: 1400 })
      onEvent({
        kind: 'statistics',
        sent: 3,
        received: 1,
        errors: 1,
        lossPercent: 66.7,
        rttMinMs: 0.25,
        rttAvgMs: 0.25,
        rttMaxMs: 0.25,
        rttStddevMs: 0,
      })
    },
    async pingMatrix() {
      return {
        sent: 2,
        received: 1,
        elapsedMs: 3.5,
        pairs: [
          { from: 'a', to: 'b', destination: '192.0.2.2', rttMs: 0.1 },
          { from: 'b', to: 'a', destination: '192.0.2.1', reason: 'no-answer' },
        ],
      }
    },
    async script() {
      return '#!/usr/bin/env bash\n'
    },
    async graph(_lab, format) {
      return { content: `drawn as ${format}`, mediaType: 'text/vnd.mermaid' }
    },
    async host() {
      return HOST
    },
  }
  const recorded = Object.fromEntries(
    Object.entries({ ...labs, ...overrides }).map(([name, operation]) => [
      name,
      (...args: unknown[]) => {
        asked.push([name, ...args.filter((arg) => !(arg instanceof AbortSignal) && typeof arg !== 'function')])
        return Reflect.apply(operation, labs, args)
      },
    ]),
  ) as unknown as LabsPort
  return { ...recorded, asked }
}

export function aLab(overrides: Partial<Lab> = {}): Lab {
  return {
    name: 'two-nodes',
    uid: '01234567',
    state: 'ready',
    etag: 'e1',
    createdAtMs: 1_800_000_000_250,
    progress: { phase: 'devices', stepsDone: 3, stepsTotal: 9 },
    document: { name: 'two-nodes', hosts: [{ name: 'web', mtu: 1500, note: null, on: true }] },
    labels: { course: 'net1' },
    plan: {
      members: [
        {
          name: 'web',
          role: 'host',
          namespace: 'nl01234567-0',
          path: 'hosts[0]',
          devices: [
            {
              device: 'eth0',
              kind: 'veth',
              index: 2,
              mac: '02:00:c0:00:02:0a',
              addresses: ['192.0.2.10/24'],
              link: 'lan',
            },
          ],
        },
      ],
      steps: [{ object: { kind: 'loopback', namespace: 'nl01234567-0' }, origin: 'hosts[0]' }],
    },
    drifts: [],
    because: '',
    buildMs: 42.5,
    ...overrides,
  }
}

export function anObservedNamespace(): ObservedNamespace {
  return {
    namespace: 'nl01234567-0',
    exists: true,
    devices: [
      {
        index: 2,
        device: 'eth0',
        kind: 'veth',
        up: true,
        operstate: 'up',
        mtuBytes: 1500,
        mac: '02:00:c0:00:02:0a',
        bridge: '',
        portState: '',
        hairpin: false,
        stp: false,
        peerIndex: 3,
        rxPackets: 2 ** 40,
        txPackets: 1,
        rxBytes: 2,
        txBytes: 3,
        rxDropped: 4,
        txDropped: 5,
      },
    ],
    addresses: [{ device: 'eth0', address: '192.0.2.10/24', scope: 'global', flags: ['permanent'] }],
    routes: [
      {
        to: '0.0.0.0/0',
        type: 'unicast',
        via: '192.0.2.1',
        device: 'eth0',
        metric: 4_000_000_000,
        protocol: 'static',
        scope: 'global',
        source: '',
      },
    ],
    neighbours: [{ device: 'eth0', address: '192.0.2.1', mac: '02:00:00:00:00:01', states: ['reachable'] }],
    fdb: [{ device: 'p1', mac: '02:00:00:00:00:01', states: ['permanent'], destination: '' }],
    qdiscs: [{ device: 'eth0', kind: 'netem', handle: '1:', parent: 'root', options: { delayMs: 20 } }],
    tables: [
      {
        family: 'ip',
        name: 'netns-lab',
        chains: [
          {
            name: 'post',
            type: 'nat',
            hook: 'postrouting',
            priority: 100,
            policy: 'accept',
            rules: [
              {
                handle: 4,
                comment: 'routers[0].nat.masquerade[0]',
                expression: '{}',
                text: 'oifname "wan0" masquerade',
                packets: 7,
                bytes: 588,
              },
            ],
          },
        ],
      },
    ],
    sysctls: { 'net.ipv4.ip_forward': '0' },
    conntrack: [
      {
        protocol: 'tcp',
        source: '192.0.2.10',
        destination: '203.0.113.1',
        sourcePort: 40000,
        destinationPort: 80,
        replySource: '203.0.113.1',
        replyDestination: '203.0.113.2',
        replySourcePort: 80,
        replyDestinationPort: 40000,
        state: 'established',
        status: ['assured', 'snat'],
        timeoutSeconds: 431999,
      },
    ],
  }
}

const HOST: HostFacts = {
  version: '0.1.0',
  kernelRelease: '6.1.0',
  nodeVersion: 'v20.19.0',
  libnftablesVersion: '1.0.6',
  bootId: 'b',
  features: [{ name: 'netem', available: false, detail: 'no such qdisc' }],
  limits: [{ name: 'user.max_net_namespaces', limit: 4000, used: -1 }],
  labs: 2,
  namespaces: 9,
  engineRssBytes: 2 ** 33,
  uptimeSeconds: 12.5,
  uplinksAllowed: false,
  warnings: ['neighbour table is small'],
}
