/**
 * The central controller's INFER actions. A device that falls idle gets the most urgent strategy of the models loaded on
 * it, as one batch; until that batch has ended its other workers wait, and are woken then. A request that arrives at
 * an idle device with nothing before it is executed at once.
 *
 * Nothing is stranded: a request is held only while all workers of its variant are busy or wait for their device, and
 * each end of a batch asks all workers of the device. The review covers workers that died.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { HOLD, NONE } from '../../policy.ts';
import type { BatchingPolicy, DispatchPolicy, PolicyContext } from '../../policy.ts';
import { READY } from '../../tables/fleet.ts';
import type { FleetView, MachineId, WorkerId } from '../../tables/fleet.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { isBusy } from './device-use.ts';
import type { DeviceUse } from './device-use.ts';
import type { ExecutionTimes } from './execution-times.ts';
import { Grants } from './grants.ts';
import { positionOf } from './position.ts';
import type { Strategies } from './strategies.ts';

export interface ControllerParts {
  readonly context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'requests'>;
  readonly times: ExecutionTimes;
  readonly strategies: Strategies;
  readonly use: DeviceUse;
  readonly reviewNs: Nanos;
}

export function inferActions(parts: ControllerParts): DispatchPolicy {
  const { context, strategies, use, times, reviewNs } = parts;
  const { fleet, requests, catalogue } = context;
  const grants = new Grants(fleet.workersMax);
  const woken: WorkerId[] = [];

  const idleWorkerOn = (machine: MachineId, variant: VariantIndex, now: Nanos): WorkerId => {
    const ready = fleet.ready(variant);
    for (let i = 0; i < ready.length; i += 1) {
      const worker = ready.at(i);
      if (fleet.machine[worker] === machine && isIdle(fleet, worker) && grants.of(worker, now) === 0) return worker;
    }
    return NONE;
  };

  /** Inputs of the batch found last. */
  let nextInputs = 0;
  /** The idle worker of the machine whose strategy is the most urgent; `NONE` when nothing can start. */
  const findNext = (machine: MachineId, like: VariantIndex, taken: number, now: Nanos): WorkerId => {
    const used = use.usedOn(machine, like) + taken;
    let best: WorkerId = NONE;
    let bestStartNs = NEVER;
    for (let variant = 0; variant < catalogue.variants.length; variant += 1) {
      if (fleet.waiting[variant] === 0 || !use.isShared(variant) || !use.isSameKind(variant, like)) continue;
      if (!use.fits(machine, variant, used)) continue;
      const worker = idleWorkerOn(machine, variant, now);
      if (worker === NONE) continue;
      const inputs = strategies.find(variant, now);
      if (inputs === 0 || (best !== NONE && strategies.latestStartNs >= bestStartNs)) continue;
      best = worker;
      nextInputs = inputs;
      bestStartNs = strategies.latestStartNs;
    }
    return best;
  };

  /** Plans the worker's batch when it is its turn. */
  const plan = (worker: WorkerId, variant: VariantIndex, now: Nanos): void => {
    if (use.isShared(variant)) {
      // Another's turn: it is woken, or asked by the review.
      if (findNext(fleet.machine[worker], variant, 0, now) === worker) grants.give(worker, nextInputs, now);
      return;
    }
    grants.give(worker, strategies.find(variant, now), now);
  };

  return {
    reviewNs,
    assign(slot, variant, now) {
      if (strategies.find(variant, now) === 0) {
        const ready = fleet.ready(variant);
        for (let i = 0; i < ready.length; i += 1) {
          const worker = ready.at(i);
          if (!isIdle(fleet, worker) || !use.isFree(worker)) continue;
          use.note(worker);
          return worker;
        }
      }
      strategies.hold(slot, variant);
      return HOLD;
    },
    cold(slot, variant) {
      strategies.hold(slot, variant);
      return HOLD;
    },
    pull(worker, waiting, now) {
      if (fleet.state[worker] !== READY || fleet.running[worker] > 0) return NONE;
      const variant = fleet.variant[worker];
      if (grants.of(worker, now) === 0) {
        if (fleet.outstanding[worker] > 0) return NONE;
        plan(worker, variant, now);
      }
      const room = grants.of(worker, now) - fleet.outstanding[worker];
      if (room > 0 && fleet.outstanding[worker] === 0) strategies.commit(variant, room, now);
      for (
        let slot = room > 0 ? strategies.take(variant, room) : -1;
        slot !== -1;
        slot = strategies.take(variant, room)
      ) {
        const position = positionOf(waiting, slot);
        if (position === NONE) continue;
        use.note(worker);
        return position;
      }
      return NONE;
    },
    wake(worker, now) {
      const variant = fleet.variant[worker];
      woken.length = 0;
      if (!use.isShared(variant)) return woken;
      const machine = fleet.machine[worker];
      let taken = 0;
      for (;;) {
        const next = findNext(machine, variant, taken, now);
        if (next === NONE) return woken;
        grants.give(next, nextInputs, now);
        taken += use.demandOf(fleet.variant[next]);
        woken.push(next);
      }
    },
    lapsed(slot, now) {
      const deadlineNs = requests.deadlineNs[slot];
      const isLost =
        strategies.marks.isDoomed(slot) ||
        (deadlineNs !== NEVER && now + times.of(requests.variant[slot], requests.inputs[slot]) > deadlineNs);
      if (isLost) strategies.marks.release(slot);
      return isLost;
    },
  };
}

/**
 * A worker starts exactly the batch that was planned for it: once all that was assigned to it has arrived. Under
 * another dispatch policy, where assignments do not come in batches, a full batch does not wait.
 */
export function plannedBatches({
  catalogue,
  fleet,
}: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>): BatchingPolicy {
  const most = Int32Array.from(catalogue.variants, ({ maxBatch }) => maxBatch);
  return {
    limit: (worker) => most[fleet.variant[worker]],
    startAt: (worker, queuedInputs, _oldestNs, now) =>
      queuedInputs >= Math.min(fleet.outstanding[worker], most[fleet.variant[worker]]) ? now : NEVER,
  };
}

function isIdle(fleet: FleetView, worker: WorkerId): boolean {
  return !isBusy(fleet, worker) && !fleet.isCondemned(worker);
}
