/**
 * One architecture on one machine (InfaasScaler and InfaasNeuronScaler in autoscaler.cc). Strategy (a) scales every
 * running variant by its own need; strategy (b) lets the fast variant absorb what the others are short of, by a first
 * replica or by an upgrade to the next rung. Cost is load time times replicas, not money. Scale-downs are asked for
 * under either strategy; lower rungs than the running one are unloaded at once.
 */
import { NONE } from '../../../policy.ts';
import type { VariantIndex } from '../../../catalogue/variant.ts';
import type { MachineId } from '../../../tables/fleet.ts';
import { ON_CPU } from '../variant-facts.ts';
import type { HardwareKind } from '../variant-facts.ts';
import { fastestNeed } from './fastest.ts';
import type { FastestNeed } from './fastest.ts';
import type { Ladder } from './ladder.ts';
import { COST_FACTOR, EXCESS_LOADS, forcedCount, replicasMax } from './limits.ts';
import { needOf } from './need.ts';
import type { ScaleRequest } from './scale-request.ts';
import type { ScalingView } from './scaling-view.ts';

export interface Place {
  readonly machine: MachineId;
  readonly machineKind: HardwareKind;
  /** The architecture's variants that run on the machine, ascending. */
  readonly running: readonly VariantIndex[];
  readonly ladder: Ladder;
}

/** What scaling each variant by itself comes to. */
interface Individually {
  readonly requests: ScaleRequest[];
  readonly shortPerSecond: number;
  readonly batchWanted: number;
  /** Milliseconds of loading. */
  readonly costMs: number;
}

export function decideArchitecture(view: ScalingView, place: Place): readonly ScaleRequest[] {
  const { machine, machineKind, ladder } = place;
  const individually = scaleIndividually(view, place);
  const scaled = ladder.current === NONE ? ladder.fast : ladder.current;
  const need = fastestNeed(view, {
    variant: scaled,
    machine,
    down: ladder.down,
    extraPerSecond: individually.shortPerSecond,
    batchWanted: individually.batchWanted,
  });
  const isUpgrade = view.kind(scaled) !== ON_CPU && need.isRejected && need.count > 0;
  const absorbs = isUpgrade || isAbsorbed(view, scaled, { need, ladder, costMs: individually.costMs });
  const plan = [...individually.requests];
  if ((absorbs || need.count < 0) && need.count !== 0) {
    const variant = isUpgrade ? ladder.fast : scaled;
    plan.push({ variant, count: need.count, down: ladder.down, reason: reasonForFastest(need, isUpgrade) });
  }
  return plan
    .filter(({ variant, count }) => !(absorbs && count > 0 && variant !== ladder.fast))
    .filter(({ variant }) => view.kind(variant) === ON_CPU || view.kind(variant) === machineKind)
    .map((request) => {
      // The rung that the fast variant is about to give way to must not be forced away.
      const isSpared = request.count < -1 && need.count < 0 && request.variant === ladder.down;
      return isSpared ? { ...request, count: -1 } : request;
    });
}

function scaleIndividually(view: ScalingView, { machine, machineKind, running, ladder }: Place): Individually {
  const requests: ScaleRequest[] = [];
  let shortPerSecond = 0;
  let batchWanted = 1;
  let costMs = 0;
  for (const variant of running) {
    if (variant === ladder.current) continue;
    const need = needOf(view, variant, machine);
    const batch = view.capacityBatch(variant, machine);
    if (need.count > 0) {
      // What cannot be granted is short all the same.
      shortPerSecond += need.shortPerSecond;
      batchWanted = Math.max(batchWanted, batch);
      if (!need.isRejected) costMs += costOf(view, variant, { machine, machineKind, count: need.count });
    }
    const isOutgrown = ladder.isRung(variant) && batch < ladder.currentBatch;
    if (need.isRejected && !ladder.isRung(variant)) continue;
    const count = isOutgrown ? forcedCount(view.kind(variant)) : need.count;
    if (count !== 0) requests.push({ variant, count, down: NONE, reason: reasonFor(count, isOutgrown) });
  }
  return { requests, shortPerSecond, batchWanted, costMs };
}

/** Milliseconds of loading, and a prohibitive sum when the machine may not run that many replicas. */
function costOf(
  view: ScalingView,
  variant: VariantIndex,
  {
    machine,
    machineKind,
    count,
  }: { readonly machine: MachineId; readonly machineKind: HardwareKind; readonly count: number },
): number {
  const kind = view.kind(variant);
  const isCapped = kind === ON_CPU || kind === machineKind;
  const after = view.replicas(variant, machine) + count;
  const isExcess = isCapped && after > replicasMax(kind, view.autoscaler);
  return view.loadMs(variant) * count + (isExcess ? view.loadMs(variant) * EXCESS_LOADS : 0);
}

/** Whether the fast variant takes the load without an upgrade. */
function isAbsorbed(
  view: ScalingView,
  scaled: VariantIndex,
  { need, ladder, costMs }: { readonly need: FastestNeed; readonly ladder: Ladder; readonly costMs: number },
): boolean {
  if (view.kind(scaled) === ON_CPU || need.isRejected) return false;
  if (need.count > 0) return costMs > COST_FACTOR * view.loadMs(scaled) * need.count;
  return need.count === 0 && ladder.current !== NONE;
}

function reasonFor(count: number, isOutgrown: boolean): string {
  if (isOutgrown) return 'a larger batch runs';
  return count > 0 ? 'load above capacity' : 'load fits fewer replicas';
}

function reasonForFastest({ count }: FastestNeed, isUpgrade: boolean): string {
  if (count < 0) return 'load fits below';
  return isUpgrade ? 'upgrade to a larger batch' : 'cheaper than to replicate';
}
