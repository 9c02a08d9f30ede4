import { defineConfig } from 'vitest/config'

const project = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], pool: 'forks' as const, ...extra },
})

// Kernel suites share one set of host-wide tables, so their files run one after another.
const oneAtATime = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('golden'),
      project('api', { testTimeout: 20_000 }),
      project('kernel', oneAtATime),
      project('chaos', { ...oneAtATime, testTimeout: 600_000 }),
    ],
  },
})
