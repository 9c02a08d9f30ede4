import { FakeKernel } from '../../src/kernel/fake-kernel.ts'
import { describeKernel } from '../support/kernel-contract.ts'

describeKernel('the imitation', async () => new FakeKernel())
