/**
 * The data plane: a request goes to one worker of its session and waits in that worker's line. A device executes the
 * lines of its workers in turn, one batch of at most the planned size at a time; it does not wait for full batches.
 *
 * Nothing is stranded: each end of a batch asks all workers of the device, and the review finds other workers for what
 * waits for one that is gone.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { HOLD, NONE } from '../../policy.ts';
import type { AdmissionPolicy, BatchingPolicy, DispatchPolicy, PolicyContext } from '../../policy.ts';
import { READY } from '../../tables/fleet.ts';
import type { MachineId, WorkerId } from '../../tables/fleet.ts';
import type { Slot } from '../../tables/request-table.ts';
import type { SlotQueue } from '../../tables/slot-queue.ts';
import { NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { isBusy } from '../clockwork/device-use.ts';
import type { DeviceUse } from '../clockwork/device-use.ts';
import type { ExecutionTimes } from '../clockwork/execution-times.ts';
import { Grants } from '../clockwork/grants.ts';
import { positionOf } from '../clockwork/position.ts';
import type { Duties } from './duties.ts';
import type { SessionBook } from './sessions.ts';
import { WorkerLines } from './worker-lines.ts';

export interface FrontendParts {
  readonly context: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'requests'>;
  readonly book: SessionBook;
  readonly duties: Duties;
  readonly times: ExecutionTimes;
  readonly use: DeviceUse;
  readonly reviewNs: Nanos;
  /** Batch size of workers without a duty, by variant. */
  readonly usualBatch: Int32Array;
}

export interface Frontend {
  readonly admission: AdmissionPolicy;
  readonly dispatch: DispatchPolicy;
  readonly batching: BatchingPolicy;
}

export function frontend({ context, book, duties, times, use, reviewNs, usualBatch }: FrontendParts): Frontend {
  const { catalogue, fleet, requests } = context;
  const lines = new WorkerLines(requests, times, fleet.workersMax);
  const grants = new Grants(fleet.workersMax);
  /** Requests that wait for nobody in particular, by variant; at most so many. */
  const homeless = new Int32Array(catalogue.variants.length);
  /** When it was a worker's turn last, in turns. */
  const turns = new Float64Array(fleet.workersMax);
  let turn = 0;
  const woken: WorkerId[] = [];

  const batchOf = (worker: WorkerId): number => duties.of(worker)?.batch ?? usualBatch[fleet.variant[worker]];
  const windowOf = (worker: WorkerId, now: Nanos): number =>
    lines.isEmpty(worker) ? 0 : lines.window(worker, fleet.variant[worker], batchOf(worker), now);

  const grant = (worker: WorkerId, inputs: number, now: Nanos): void => {
    turn += 1;
    turns[worker] = turn;
    grants.give(worker, inputs, now);
  };
  /** Inputs of the batch found last. */
  let nextInputs = 0;
  /** The idle worker of the machine whose turn it is; `NONE` when nothing can start. */
  const findNext = (machine: MachineId, like: VariantIndex, taken: number, now: Nanos): WorkerId => {
    const used = use.usedOn(machine, like) + taken;
    let best: WorkerId = NONE;
    const { occupied } = lines;
    let worker: WorkerId = NONE;
    // A line that turns out to hold nobody leaves the list, and the next moves up.
    for (let i = 0; i < occupied.length; i += occupied.at(i) === worker ? 1 : 0) {
      worker = occupied.at(i);
      if (fleet.machine[worker] !== machine || fleet.state[worker] !== READY) continue;
      const variant = fleet.variant[worker];
      if (!use.isShared(variant) || !use.isSameKind(variant, like) || !use.fits(machine, variant, used)) continue;
      if (isBusy(fleet, worker) || fleet.isCondemned(worker) || grants.of(worker, now) > 0) continue;
      if (best !== NONE && turns[worker] >= turns[best]) continue;
      const inputs = windowOf(worker, now);
      if (inputs === 0) continue;
      best = worker;
      nextInputs = inputs;
    }
    return best;
  };
  /** Plans the worker's batch when it is its turn. */
  const plan = (worker: WorkerId, variant: VariantIndex, now: Nanos): void => {
    if (!use.isShared(variant)) return grant(worker, windowOf(worker, now), now);
    // Another's turn: it is woken, or asked by the review.
    if (findNext(fleet.machine[worker], variant, 0, now) === worker) grant(worker, nextInputs, now);
  };
  /** Finds workers for what waits for nobody. Some worker of the variant must be ready. */
  const house = (waiting: SlotQueue, variant: VariantIndex): void => {
    homeless[variant] = 0;
    for (let position = 0; position < waiting.length; position += 1) {
      const slot = waiting.at(position);
      if (lines.targetOf(slot) === NONE) lines.join(slot, duties.route(book.sessionOf(slot, variant), variant));
    }
  };
  const hold = (slot: Slot, variant: VariantIndex): number => {
    lines.joinNobody(slot);
    homeless[variant] += 1;
    return HOLD;
  };
  const isGone = (worker: WorkerId, variant: VariantIndex): boolean =>
    fleet.state[worker] !== READY || fleet.variant[worker] !== variant;

  return {
    admission: {
      admit: () => 0,
      expires(slot, worker, now) {
        const deadlineNs = requests.deadlineNs[slot];
        const window = Math.max(requests.inputs[slot], Math.min(batchOf(worker), fleet.queued[worker]));
        return deadlineNs !== NEVER && now + times.of(fleet.variant[worker], window) > deadlineNs;
      },
    },
    dispatch: {
      reviewNs,
      assign(slot, variant) {
        const worker = duties.route(book.note(slot, variant), variant);
        const isIdle = !isBusy(fleet, worker) && !fleet.isCondemned(worker) && lines.isEmpty(worker);
        if (isIdle && use.isFree(worker)) {
          turn += 1;
          turns[worker] = turn;
          use.note(worker);
          return worker;
        }
        lines.join(slot, worker);
        return HOLD;
      },
      cold(slot, variant) {
        book.note(slot, variant);
        return hold(slot, variant);
      },
      pull(worker, waiting, now) {
        if (fleet.state[worker] !== READY || fleet.running[worker] > 0) return NONE;
        const variant = fleet.variant[worker];
        if (homeless[variant] > 0) house(waiting, variant);
        if (grants.of(worker, now) === 0) {
          if (fleet.outstanding[worker] > 0) return NONE;
          plan(worker, variant, now);
        }
        const room = grants.of(worker, now) - fleet.outstanding[worker];
        for (let slot = room > 0 ? lines.take(worker, room) : NONE; slot !== NONE; slot = lines.take(worker, room)) {
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
        let taken = 0;
        for (;;) {
          const next = findNext(fleet.machine[worker], variant, taken, now);
          if (next === NONE) return woken;
          grant(next, nextInputs, now);
          taken += use.demandOf(fleet.variant[next]);
          woken.push(next);
        }
      },
      lapsed(slot, now) {
        const variant = requests.variant[slot];
        const deadlineNs = requests.deadlineNs[slot];
        const isLate = deadlineNs !== NEVER && now + times.of(variant, requests.inputs[slot]) > deadlineNs;
        if (lines.marks.isDoomed(slot) || isLate) {
          lines.marks.release(slot);
          return true;
        }
        const worker = lines.targetOf(slot);
        if (worker !== NONE && isGone(worker, variant)) hold(slot, variant);
        return false;
      },
    },
    batching: {
      limit: batchOf,
      startAt: (worker, queuedInputs, _oldestNs, now) =>
        queuedInputs >= Math.min(fleet.outstanding[worker], batchOf(worker)) ? now : NEVER,
    },
  };
}
