/**
 * Where a request goes: to the worker that dispatch names, or among those that are held, with a worker wanted for it
 * or without; and where it goes when a worker gives it back or its variant has a successor.
 */
import { MODEL_AUTOSCALER, SCHEDULER, queueOf } from '../addresses.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import { REJECTED, reason } from '../outcome.ts';
import type { Reason } from '../outcome.ts';
import { HOLD, NONE, START } from '../policy.ts';
import { READY } from '../tables/fleet.ts';
import type { WorkerId } from '../tables/fleet.ts';
import type { Slot } from '../tables/request-table.ts';
import type { Nanos } from '../time.ts';
import { badAnswer } from './policy-answer.ts';
import type { SchedulerContext } from './scheduler-context.ts';

export const TOO_MANY_INPUTS = reason('too-many-inputs');
const HOLD_FULL = reason('hold-full');
const DISPATCH_REFUSED = reason('dispatch-refused');

/** Sends an admitted request to a worker, or keeps it. */
export function route(scheduler: SchedulerContext, slot: Slot, variant: VariantIndex): void {
  const { fleet, world } = scheduler;
  if (fleet.ready(variant).length === 0) return routeCold(scheduler, slot, variant);
  const answer = scheduler.dispatch.assign(slot, variant, world.now);
  if (answer === HOLD) return hold(scheduler, slot, variant);
  if (answer === START) return holdAndStart(scheduler, slot, variant, true);
  return carryOut(scheduler, slot, variant, answer);
}

/** Carries out what dispatch answers about a request that it does not keep: the worker, or `NONE`. */
export function carryOut(scheduler: SchedulerContext, slot: Slot, variant: VariantIndex, worker: number): void {
  const { fleet } = scheduler;
  if (worker < 0) return reject(scheduler, slot, DISPATCH_REFUSED);
  if (fleet.state[worker] === READY && fleet.variant[worker] === variant) return assign(scheduler, slot, worker);
  throw badAnswer('dispatch', `worker ${worker}`, 'a ready worker of the variant, HOLD, START or NONE');
}

/** No worker of the variant is ready: the policy decides where it wants to, else the request waits for the first. */
function routeCold(scheduler: SchedulerContext, slot: Slot, variant: VariantIndex): void {
  const { dispatch, fleet, world } = scheduler;
  if (dispatch.cold === undefined) {
    if (fleet.coming(variant) === 0) want(scheduler, variant, false);
    scheduler.requests.startHold(slot, world.now);
    return hold(scheduler, slot, variant);
  }
  const answer = dispatch.cold(slot, variant, world.now);
  if (answer === START) return holdAndStart(scheduler, slot, variant, dispatch.countsStarts === true);
  if (answer === NONE) return reject(scheduler, slot, DISPATCH_REFUSED);
  if (answer !== HOLD) throw badAnswer('dispatch', `${answer}`, 'HOLD, START or NONE while no worker is ready');
  scheduler.requests.startHold(slot, world.now);
  return hold(scheduler, slot, variant);
}

/** Holds a request and wants a worker. @param more beside those that are ready or on their way. */
function holdAndStart(scheduler: SchedulerContext, slot: Slot, variant: VariantIndex, more: boolean): void {
  const { requests, fleet, world } = scheduler;
  // Nothing is started for a request that is not kept.
  if (scheduler.waiting[variant].length >= scheduler.holdMax) return reject(scheduler, slot, HOLD_FULL);
  fleet.demand.startSeen = true;
  if (scheduler.isShort) fleet.demand.owe(variant);
  else if (more || fleet.coming(variant) === 0) want(scheduler, variant, more);
  requests.startHold(slot, world.now);
  return hold(scheduler, slot, variant);
}

function want({ fleet, world }: SchedulerContext, variant: VariantIndex, more: boolean): void {
  fleet.demand.ask(variant);
  world.send(MODEL_AUTOSCALER, { type: 'worker.wanted', variant, more });
}

export function assign(scheduler: SchedulerContext, slot: Slot, worker: WorkerId): void {
  const { requests, fleet, world } = scheduler;
  requests.endHold(slot, world.now);
  requests.worker[slot] = worker;
  requests.held[slot] = 1;
  fleet.outstanding[worker] += requests.inputs[slot];
  fleet.received[worker] += 1;
  fleet.receivedInputs[worker] += requests.inputs[slot];
  world.send(queueOf(worker), { type: 'request.assigned', slot, generation: fleet.generation[worker] });
}

function hold(scheduler: SchedulerContext, slot: Slot, variant: VariantIndex): void {
  const { requests, fleet } = scheduler;
  const waiting = scheduler.waiting[variant];
  if (waiting.length >= scheduler.holdMax) return reject(scheduler, slot, HOLD_FULL);
  requests.held[slot] = 1;
  fleet.waiting[variant] += requests.inputs[slot];
  waiting.push(slot);
  if (scheduler.dispatch.reviewNs !== undefined && !scheduler.reviewSet)
    setReview(scheduler, scheduler.dispatch.reviewNs);
}

export function setReview(scheduler: SchedulerContext, periodNs: Nanos): void {
  scheduler.reviewSet = true;
  scheduler.world.setTimer(SCHEDULER, scheduler.world.now + periodNs, { type: 'hold.due' });
}

/**
 * Routes an admitted request again, for the variant selected anew or its own; where that was rolled over meanwhile, for
 * the successor. Another variant counts it as an arrival of the moment.
 */
export function routeAgain(
  scheduler: SchedulerContext,
  slot: Slot,
  selected: VariantIndex = scheduler.requests.variant[slot],
): void {
  const { requests, fleet, world } = scheduler;
  const before = requests.variant[slot];
  const variant = fleet.servedBy[selected];
  if (variant === before) return route(scheduler, slot, variant);
  const inputs = requests.inputs[slot];
  const { totals } = fleet;
  requests.variant[slot] = variant;
  totals.endedInputs[before] += inputs;
  totals.momentNs[before] += inputs * world.now;
  totals.arrivedInputs[variant] += inputs;
  totals.momentNs[variant] -= inputs * world.now;
  if (inputs > scheduler.maxBatch[variant]) return reject(scheduler, slot, TOO_MANY_INPUTS);
  return route(scheduler, slot, variant);
}

export function reject(scheduler: SchedulerContext, slot: Slot, why: Reason): void {
  scheduler.ledger.end(slot, REJECTED, why, scheduler.world.now);
}
