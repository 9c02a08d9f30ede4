// Original file: proto/netnslab/v1/lab.proto

export const LabState = {
  LAB_STATE_UNSPECIFIED: 'LAB_STATE_UNSPECIFIED',
  /**
   * Calculated only (validate_only).
   */
  LAB_STATE_PLANNED: 'LAB_STATE_PLANNED',
  LAB_STATE_CREATING: 'LAB_STATE_CREATING',
  LAB_STATE_READY: 'LAB_STATE_READY',
  LAB_STATE_DELETING: 'LAB_STATE_DELETING',
  /**
   * An asynchronous create that was refused, or a delete that could not remove all. DeleteLab clears it.
   */
  LAB_STATE_FAILED: 'LAB_STATE_FAILED',
  /**
   * The machine was started anew since; the spec is kept, the namespaces are gone.
   */
  LAB_STATE_LOST: 'LAB_STATE_LOST',
  /**
   * Its record cannot be read; its kernel objects are left alone.
   */
  LAB_STATE_QUARANTINED: 'LAB_STATE_QUARANTINED',
} as const;

export type LabState =
  | 'LAB_STATE_UNSPECIFIED'
  | 0
  /**
   * Calculated only (validate_only).
   */
  | 'LAB_STATE_PLANNED'
  | 1
  | 'LAB_STATE_CREATING'
  | 2
  | 'LAB_STATE_READY'
  | 3
  | 'LAB_STATE_DELETING'
  | 4
  /**
   * An asynchronous create that was refused, or a delete that could not remove all. DeleteLab clears it.
   */
  | 'LAB_STATE_FAILED'
  | 5
  /**
   * The machine was started anew since; the spec is kept, the namespaces are gone.
   */
  | 'LAB_STATE_LOST'
  | 6
  /**
   * Its record cannot be read; its kernel objects are left alone.
   */
  | 'LAB_STATE_QUARANTINED'
  | 7

export type LabState__Output = typeof LabState[keyof typeof LabState]
