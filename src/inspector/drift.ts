/** One difference between plan and kernel, by object key (plan/objects.ts `keyOf`). */
export type Drift =
  | { readonly kind: 'missing'; readonly object: string; readonly origin: string }
  | { readonly kind: 'unexpected'; readonly object: string }
  | {
      readonly kind: 'different'
      readonly object: string
      readonly origin: string
      readonly field: string
      readonly planned: string
      readonly observed: string
    }
