import type { GetSchemaRequest__Output } from '../../contract/gen/netnslab/v1/GetSchemaRequest.ts'
import type { GetSchemaResponse } from '../../contract/gen/netnslab/v1/GetSchemaResponse.ts'
import { labSpecJsonSchema } from '../../spec/json-schema.ts'
import { MINUTE, type Unary } from '../method.ts'
import { jsonToStruct } from '../wire.ts'

export const getSchema: Unary<GetSchemaRequest__Output, GetSchemaResponse> = {
  kind: 'unary',
  maxMs: MINUTE,
  async handle() {
    return { schema: jsonToStruct(labSpecJsonSchema()) }
  },
}
