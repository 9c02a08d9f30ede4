import { LinuxKernel } from '../../src/kernel/linux-kernel.ts'
import { describeKernel } from '../support/kernel-contract.ts'

describeKernel('Linux', async () => new LinuxKernel())
