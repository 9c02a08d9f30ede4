// Original file: proto/netnslab/v1/lab.proto

import type { PlanStep as _netnslab_v1_PlanStep, PlanStep__Output as _netnslab_v1_PlanStep__Output } from '../../netnslab/v1/PlanStep.ts';

export interface Plan {
  'steps'?: (_netnslab_v1_PlanStep)[];
}

export interface Plan__Output {
  'steps': (_netnslab_v1_PlanStep__Output)[];
}
