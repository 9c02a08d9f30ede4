import { HOST_NAMESPACE, PHASE_OF, PHASES, type Phase, type Plan, type Step } from './objects.ts'
import { commandsOf } from './script-commands.ts'
import { comment, listSysctls, type SysctlLists, word } from './script-words.ts'

/**
 * A plan as a bash program of plain `ip`, `sysctl`, `nft` and `tc` commands: `bash lab.sh up` builds the same lab,
 * `bash lab.sh down` removes it. For reading, for machines without the server, and as the measure the server is held to.
 * It builds nothing when anything of the lab is there already, and what it built is undone when a command fails.
 */
export function renderScript(plan: Plan, labName: string): string {
  const host = hostObjects(plan)
  const lists = listSysctls(plan)
  return [
    '#!/usr/bin/env bash',
    comment(`Lab "${labName}" as plain commands, in the order in which the server builds it.`),
    ...HEADING,
    'set -euo pipefail',
    '',
    'namespaces=(',
    ...plan.members.map(
      ({ namespace, role, name, path }) => `  ${word(namespace)} ${comment(`${role} ${name}, ${path}`)}`,
    ),
    ')',
    '# In the host itself: only what uplinks need.',
    `host_devices=(${host.devices.join(' ')})`,
    `host_tables=(${host.tables.join(' ')})`,
    '',
    ...lists.lines,
    '',
    'up() {',
    ...(plan.steps.length === 0 ? ['  : # nothing to build'] : []),
    ...PHASES.flatMap((phase) => phaseLines(phase, plan.steps, lists)),
    '}',
    ...ENDING,
    '',
  ].join('\n')
}

function hostObjects({ steps }: Plan) {
  const ends = steps.flatMap(({ object }) => (object.kind === 'veth' ? object.ends : []))
  const tables = steps.flatMap(({ object }) => (object.kind === 'nft-table' ? [object] : []))
  const onHost = ({ namespace }: { readonly namespace: string }) => namespace === HOST_NAMESPACE
  return {
    devices: ends.filter(onHost).map(({ device }) => word(device)),
    tables: tables.filter(onHost).map(({ family, name }) => word(`${family} ${name}`)),
  }
}

function phaseLines(phase: Phase, all: readonly Step[], lists: SysctlLists): readonly string[] {
  const steps = all.filter(({ object }) => PHASE_OF[object.kind] === phase)
  return steps.length === 0 ? [] : ['', `  # ${phase}`, ...steps.flatMap((step) => stepLines(step, lists))]
}

/** The origin stands behind a command, and before a here-document, whose lines cannot be indented. */
function stepLines({ object, origin }: Step, lists: SysctlLists): readonly string[] {
  const [first = '', ...rest] = commandsOf(object, lists)
  if (object.kind === 'nft-table') return [`  ${comment(origin)}`, `  ${first}`, ...rest]
  return [first, ...rest].map((line) => `  ${line} ${comment(origin)}`)
}

const HEADING: readonly string[] = `
# The words behind # name the place in the lab spec that a command serves.
#
#   bash lab.sh up      builds it
#   bash lab.sh down    removes it; harmless when it is not there
#
# Needs root, iproute2, procps and nftables. Namespaces, names, MACs, addresses, routes and rules are those of the
# server's own build, with one exception: the server puts each host and router into a user namespace of its own, so
# that who is root inside is nobody outside. "ip netns" cannot do that: give no stranger a shell in these.
`
  .trim()
  .split('\n')

const ENDING: readonly string[] = `
down() {
  for device in "\${host_devices[@]}"; do
    if ip link show dev "$device" >/dev/null 2>&1; then ip link delete "$device"; fi
  done
  for table in "\${host_tables[@]}"; do
    # Family and name are two words.
    if nft list table $table >/dev/null 2>&1; then nft delete table $table; fi
  done
  for namespace in "\${namespaces[@]}"; do
    [ -e "/run/netns/$namespace" ] || continue
    # A process left inside would keep everything alive behind the name.
    ip netns pids "$namespace" | xargs -r kill -KILL 2>/dev/null || true
    ip netns delete "$namespace"
  done
}

refuse() {
  echo "lab.sh: $1; nothing was done" >&2
  exit 1
}

refuse_when_unfit() {
  for namespace in "\${namespaces[@]}"; do
    [ ! -e "/run/netns/$namespace" ] || refuse "$namespace is there already"
  done
  for device in "\${host_devices[@]}"; do
    if ip link show dev "$device" >/dev/null 2>&1; then refuse "$device is there already"; fi
    [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || refuse 'an uplink needs net.ipv4.ip_forward=1 in this host'
  done
}

undo_on_failure() {
  status=$?
  trap - EXIT
  if [ "$status" -ne 0 ]; then
    echo 'lab.sh: a command failed; undoing what was built' >&2
    down
  fi
  exit "$status"
}

case "\${1:-}" in
  up)
    refuse_when_unfit
    trap undo_on_failure EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    up
    ;;
  down)
    down
    ;;
  *)
    echo 'usage: bash lab.sh up|down' >&2
    exit 2
    ;;
esac
`
  .trimEnd()
  .split('\n')
