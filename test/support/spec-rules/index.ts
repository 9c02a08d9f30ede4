import { ADDRESSES } from './addresses.ts'
import { DEVICES } from './devices.ts'
import { FILTERS } from './filters.ts'
import { ON_HOST } from './host.ts'
import { NAMES } from './names.ts'
import { ROUTES } from './routes.ts'
import type { RuleRow } from './row.ts'

export const RULE_ROWS: readonly RuleRow[] = [...NAMES, ...ADDRESSES, ...DEVICES, ...ROUTES, ...FILTERS, ...ON_HOST]
