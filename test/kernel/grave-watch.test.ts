import { expect, test } from 'vitest'
import { GraveWatch } from '../../src/kernel/grave-watch.ts'
import { inFreshNamespace } from '../../src/kernel/namespace.ts'

test('labs that are removed at once do not get each other in the way of being watched', () => {
  const watch = new GraveWatch()
  const fences = [watch.fence(), watch.fence(), watch.fence()]

  // The kernel numbers the namespaces of fences too.
  const { ids, there } = inFreshNamespace((fd) => {
    const ids = watch.watch([fd])
    return { ids, there: watch.stillThere(ids) }
  })

  expect(ids).toHaveLength(1)
  expect(there).toEqual(ids)
  for (const fence of fences) fence.release()
  watch.close()
})
