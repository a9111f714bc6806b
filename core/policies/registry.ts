/** Every built-in policy, by family. A policy is one file; this is the one list. */
import type { Family, PolicyDefinition } from '../policy.ts';
import { FAMILIES } from '../policy.ts';
import { admitAll } from './admission/all.ts';
import { deadlineAdmission } from './admission/deadline.ts';
import { queueBound } from './admission/queue-bound.ts';
import { alpaserve } from './alpaserve/alpaserve.ts';
import { aimdBatching } from './batching/aimd.ts';
import { fixedBatching } from './batching/fixed.ts';
import { clipperPlus } from './baselines/clipper-plus.ts';
import { smPlus } from './baselines/sm-plus.ts';
import { noBatching } from './batching/none.ts';
import { workConservingBatching } from './batching/work-conserving.ts';
import { clockwork } from './clockwork/clockwork.ts';
import { centralQueue } from './dispatch/central-queue.ts';
import { powerOfTwo } from './dispatch/power-of-two.ts';
import { randomDispatch } from './dispatch/random.ts';
import { roundRobin } from './dispatch/round-robin.ts';
import { shortestQueue } from './dispatch/shortest-queue.ts';
import { infaas } from './infaas/infaas.ts';
import { infaasPaper } from './infaas-paper/infaas-paper.ts';
import { inferline } from './inferline/inferline.ts';
import { fixedMachineScaling } from './machine-scaling/fixed.ts';
import { noMachineScaling } from './machine-scaling/none.ts';
import { utilisationScaling } from './machine-scaling/utilisation.ts';
import { fixedModelScaling } from './model-scaling/fixed.ts';
import { horizontalPodAutoscaler } from './model-scaling/hpa.ts';
import { knativePodAutoscaler } from './model-scaling/knative.ts';
import { noModelScaling } from './model-scaling/none.ts';
import { queueDepthScaling } from './model-scaling/queue-depth.ts';
import { nexus } from './nexus/nexus.ts';
import { bestFit } from './placement/best-fit.ts';
import { firstFit } from './placement/first-fit.ts';
import { spread } from './placement/spread.ts';
import { proteus } from './proteus/proteus.ts';
import { cheapestVariant } from './selection/cheapest.ts';
import { fixedVariant } from './selection/fixed.ts';
import { mostAccurateVariant } from './selection/most-accurate.ts';
import { preloadedVariant } from './selection/preloaded.ts';
import { torchServe } from './torchserve/torchserve.ts';

export const POLICIES: Readonly<Record<Family, readonly PolicyDefinition[]>> = {
  selection: [
    fixedVariant,
    cheapestVariant,
    mostAccurateVariant,
    preloadedVariant,
    clipperPlus,
    smPlus,
    torchServe,
    infaas,
    infaasPaper,
    proteus,
    inferline,
  ],
  admission: [admitAll, queueBound, deadlineAdmission, clockwork, alpaserve, nexus],
  dispatch: [
    shortestQueue,
    roundRobin,
    randomDispatch,
    powerOfTwo,
    centralQueue,
    clipperPlus,
    smPlus,
    torchServe,
    clockwork,
    infaas,
    infaasPaper,
    proteus,
    inferline,
    alpaserve,
    nexus,
  ],
  batching: [noBatching, fixedBatching, aimdBatching, workConservingBatching, clockwork, proteus, inferline, nexus],
  placement: [firstFit, bestFit, spread, smPlus, clockwork, infaas, infaasPaper, proteus, inferline, alpaserve, nexus],
  'model-scaling': [
    noModelScaling,
    fixedModelScaling,
    queueDepthScaling,
    horizontalPodAutoscaler,
    knativePodAutoscaler,
    clipperPlus,
    smPlus,
    torchServe,
    clockwork,
    infaas,
    infaasPaper,
    proteus,
    inferline,
    alpaserve,
    nexus,
  ],
  'machine-scaling': [
    noMachineScaling,
    fixedMachineScaling,
    utilisationScaling,
    clipperPlus,
    smPlus,
    infaas,
    infaasPaper,
  ],
};

/** The policies that serve several families over one state, each once. */
export const MODULE_POLICIES: readonly PolicyDefinition[] = [
  ...new Set(FAMILIES.flatMap((family) => POLICIES[family].filter(({ families }) => families.length > 1))),
];

/** What an experiment gets for a family that neither it nor a companion of its modules mentions. */
export const DEFAULT_POLICIES: Readonly<Record<Family, string>> = {
  selection: 'cheapest',
  admission: 'all',
  dispatch: 'shortest-queue',
  batching: 'none',
  placement: 'first-fit',
  'model-scaling': 'fixed',
  'machine-scaling': 'fixed',
};

/** The built-in policy of that family and name, or undefined. */
export function builtInPolicy(family: Family, name: string): PolicyDefinition | undefined {
  return POLICIES[family].find((policy) => policy.name === name);
}
