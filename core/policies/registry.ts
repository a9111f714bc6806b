/** Every built-in policy, by family. A policy is one file; this is the one list. */
import type { Family, PolicyDefinition } from '../policy.ts';
import { admitAll } from './admission/all.ts';
import { fixedBatching } from './batching/fixed.ts';
import { noBatching } from './batching/none.ts';
import { shortestQueue } from './dispatch/shortest-queue.ts';
import { noMachineScaling } from './machine-scaling/none.ts';
import { noModelScaling } from './model-scaling/none.ts';
import { firstFit } from './placement/first-fit.ts';
import { fixedVariant } from './selection/fixed.ts';

export const POLICIES: Readonly<Record<Family, readonly PolicyDefinition[]>> = {
  selection: [fixedVariant],
  admission: [admitAll],
  dispatch: [shortestQueue],
  batching: [noBatching, fixedBatching],
  placement: [firstFit],
  'model-scaling': [noModelScaling],
  'machine-scaling': [noMachineScaling],
};

/** What an experiment gets for a family it does not mention. */
export const DEFAULT_POLICIES: Readonly<Record<Family, string>> = {
  selection: 'fixed',
  admission: 'all',
  dispatch: 'shortest-queue',
  batching: 'none',
  placement: 'first-fit',
  'model-scaling': 'none',
  'machine-scaling': 'none',
};

/** The built-in policy of that family and name, or undefined. */
export function builtInPolicy(family: Family, name: string): PolicyDefinition | undefined {
  return POLICIES[family].find((policy) => policy.name === name);
}
