// Imports point inward only. Each rule's comment says how to repair a violation.
const rooms = ['net', 'spec', 'plan', 'kernel', ['executor', 'inspector', 'probes'], 'labs', 'engine']
const names = (room) => (Array.isArray(room) ? room : [room])

const looksInward = rooms.flatMap((room, place) =>
  names(room).map((name) => {
    const outer = rooms.slice(place + 1).flatMap(names)
    const siblings = names(room).filter((other) => other !== name)
    return {
      name: `${name}-looks-inward`,
      comment: `src/${name} may import only rooms further in; move the shared part inward, or pass it as an argument.`,
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: `^src/(${[...outer, ...siblings, 'gateway', 'contract'].join('|')})/` },
    }
  }),
)
// The engine is the contract's other half: it alone may know the generated types.
looksInward.find((rule) => rule.name === 'engine-looks-inward').to.path = '^src/gateway/'

module.exports = {
  forbidden: [
    ...looksInward,
    {
      name: 'pure-folders-stay-pure',
      comment:
        'net, spec and plan calculate: no Node module, and no package but zod and yaml (spec only). Pass time, ids and files as arguments.',
      severity: 'error',
      from: { path: '^src/(net|spec|plan)/' },
      to: { dependencyTypes: ['core', 'npm'], pathNot: ['node_modules/(zod|yaml)/'] },
    },
    {
      name: 'gateway-knows-only-the-contract',
      comment: 'The gateway translates; it imports contract, errors and config only.',
      severity: 'error',
      from: { path: '^src/gateway/' },
      to: { path: '^src/', pathNot: '^src/(gateway/|contract/|errors\\.ts|config\\.ts)' },
    },
    {
      name: 'rooms-do-not-start-themselves',
      comment:
        'process and demo start the rooms and are known to main.ts and demo.ts alone; move the shared part inward.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(process/|demo/|main\\.ts|demo\\.ts)' },
      to: { path: '^src/(process|demo)/' },
    },
    {
      name: 'the-gateway-process-loads-no-kernel',
      comment:
        'What faces the network must not even load what speaks to the kernel; keep it out of process/gateway-process.ts.',
      severity: 'error',
      from: { path: '^src/process/gateway-process\\.ts' },
      to: { path: '^src/(kernel|executor|inspector|probes|labs|engine)/', reachable: true },
    },
    {
      name: 'koffi-has-one-importer',
      comment: 'Foreign functions are declared in kernel/ffi.ts; add the declaration there.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/kernel/ffi\\.ts' },
      to: { path: 'node_modules/koffi' },
    },
    {
      name: 'execa-has-one-importer',
      comment: 'Programs are run through kernel/run-command.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/kernel/run-command\\.ts' },
      to: { path: 'node_modules/execa' },
    },
    {
      name: 'no-circles',
      comment: 'Cut the circle at the type both need. (Generated message types refer to themselves and each other.)',
      severity: 'error',
      from: { pathNot: '^src/contract/gen/' },
      to: { circular: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
  },
}
