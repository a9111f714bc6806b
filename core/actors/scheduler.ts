/**
 * The scheduler: selection, admission and dispatch for each request, and the requests that wait with it for want
 * of a worker or because the dispatch policy keeps one central queue. It answers nobody itself: a request it
 * refuses ends in the ledger.
 */
import { MODEL_AUTOSCALER, SCHEDULER, queueOf } from '../addresses.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import { assertNever } from '../errors.ts';
import type { Ledger } from '../ledger.ts';
import type { SchedulerMessage } from '../messages.ts';
import { CANCELLED, EXPIRED, FAILED, OPEN, REASONS, REJECTED, reason } from '../outcome.ts';
import type { Reason } from '../outcome.ts';
import { HOLD, NONE, START } from '../policy.ts';
import type { AdmissionPolicy, DispatchPolicy, SelectionPolicy } from '../policy.ts';
import type { Unserved } from '../queries/unserved.ts';
import { READY } from '../tables/fleet.ts';
import type { Fleet, WorkerId } from '../tables/fleet.ts';
import type { RequestTable, Slot } from '../tables/request-table.ts';
import { SlotQueue } from '../tables/slot-queue.ts';
import type { Nanos } from '../time.ts';
import type { World } from '../world.ts';
import { badAnswer } from './policy-answer.ts';
import { reducer } from './reducer.ts';
import { TimeoutLine } from './timeout-line.ts';

const NO_VARIANT = reason('no-variant');
const TOO_MANY_INPUTS = reason('too-many-inputs');
const HOLD_FULL = reason('hold-full');
const DISPATCH_REFUSED = reason('dispatch-refused');
const TIMEOUT = reason('timeout');
const DEADLINE_PASSED = reason('deadline-passed');
const CLIENT_CANCELLED = reason('client-cancelled');

export interface SchedulerInput {
  readonly world: World;
  readonly catalogue: Catalogue;
  readonly requests: RequestTable;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly selection: SelectionPolicy;
  readonly admission: AdmissionPolicy;
  readonly dispatch: DispatchPolicy;
  /** Where queries are noted that no variant fits. */
  readonly unserved: Unserved;
  /** Requests held per variant at most; more are rejected as `hold-full`. */
  readonly holdMax: number;
  /** A request still open this long after its scheduled time fails as `timeout`; `NEVER` for no limit. */
  readonly timeoutNs: Nanos;
}

export interface SchedulerContext extends SchedulerInput {
  readonly maxBatch: Int32Array;
  /** Requests held, by variant, oldest first. */
  readonly waiting: readonly SlotQueue[];
  readonly timeouts: TimeoutLine;
  /** Whether the timer of a review is set. */
  reviewSet: boolean;
}

/** The actor's context from what the assembly gives it. */
export function schedulerContext(input: SchedulerInput): SchedulerContext {
  return {
    ...input,
    maxBatch: Int32Array.from(input.catalogue.variants, (variant) => variant.maxBatch),
    waiting: input.catalogue.variants.map(() => new SlotQueue()),
    timeouts: new TimeoutLine(input.timeoutNs),
    reviewSet: false,
  };
}

export const schedulerLogic = reducer<SchedulerContext, SchedulerMessage>((scheduler, message) => {
  switch (message.type) {
    case 'request.arrived':
      return arrive(scheduler, message.slot);
    case 'worker.idle':
      return idle(scheduler, message.worker);
    case 'worker.ready':
      return workerReady(scheduler, message.worker);
    case 'request.returned':
      return returned(scheduler, message.slot);
    case 'request.cancelled':
      return cancelled(scheduler, message.slot, message.ordinal);
    case 'timeout.due':
      return timedOut(scheduler);
    case 'hold.due':
      return review(scheduler);
    case 'variant.succeeded':
      return succeeded(scheduler, message.variant);
    default:
      return assertNever(message);
  }
});

function arrive(scheduler: SchedulerContext, slot: Slot): void {
  const { requests, fleet, world } = scheduler;
  const now = world.now;
  const selected = scheduler.selection.select(slot, now);
  if (selected === NONE) {
    scheduler.unserved.note(slot);
    return reject(scheduler, slot, NO_VARIANT);
  }
  if (scheduler.maxBatch[selected] === undefined)
    throw badAnswer('selection', `variant ${selected}`, 'a variant or NONE');
  // A variant that was rolled over is served by its successor.
  const variant = fleet.servedBy[selected];
  const inputs = requests.inputs[slot];
  requests.variant[slot] = variant;
  fleet.totals.arrivedInputs[variant] += inputs;
  fleet.totals.momentNs[variant] -= inputs * now;
  if (inputs > scheduler.maxBatch[variant]) return reject(scheduler, slot, TOO_MANY_INPUTS);
  const refused = scheduler.admission.admit(slot, variant, now);
  if (refused !== 0) return reject(scheduler, slot, knownReason(refused));
  if (scheduler.timeouts.enabled) expectBy(scheduler, slot);
  return route(scheduler, slot, variant);
}

/** Sends an admitted request to a worker, or keeps it. */
function route(scheduler: SchedulerContext, slot: Slot, variant: VariantIndex): void {
  const { fleet, world } = scheduler;
  if (fleet.ready(variant).length === 0) return routeCold(scheduler, slot, variant);
  const worker = scheduler.dispatch.assign(slot, variant, world.now);
  if (worker >= 0) {
    if (fleet.state[worker] === READY && fleet.variant[worker] === variant) return assign(scheduler, slot, worker);
    throw badAnswer('dispatch', `worker ${worker}`, 'a ready worker of the variant, HOLD, START or NONE');
  }
  if (worker === HOLD) return hold(scheduler, slot, variant);
  if (worker === START) return holdAndStart(scheduler, slot, variant);
  return reject(scheduler, slot, DISPATCH_REFUSED);
}

/** No worker of the variant is ready: the policy decides where it wants to, else the request waits for the first. */
function routeCold(scheduler: SchedulerContext, slot: Slot, variant: VariantIndex): void {
  const { dispatch, fleet, world } = scheduler;
  if (dispatch.cold === undefined) {
    if (fleet.loading(variant).length === 0) {
      world.send(MODEL_AUTOSCALER, { type: 'worker.wanted', variant, more: false });
    }
    scheduler.requests.startHold(slot, world.now);
    return hold(scheduler, slot, variant);
  }
  const answer = dispatch.cold(slot, variant, world.now);
  if (answer === START) return holdAndStart(scheduler, slot, variant);
  if (answer === NONE) return reject(scheduler, slot, DISPATCH_REFUSED);
  if (answer !== HOLD) throw badAnswer('dispatch', `${answer}`, 'HOLD, START or NONE while no worker is ready');
  scheduler.requests.startHold(slot, world.now);
  return hold(scheduler, slot, variant);
}

function holdAndStart(scheduler: SchedulerContext, slot: Slot, variant: VariantIndex): void {
  scheduler.world.send(MODEL_AUTOSCALER, { type: 'worker.wanted', variant, more: true });
  scheduler.requests.startHold(slot, scheduler.world.now);
  return hold(scheduler, slot, variant);
}

function assign(scheduler: SchedulerContext, slot: Slot, worker: WorkerId): void {
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

/** A worker has room; under some policies others waited for it and are asked as well. */
function idle(scheduler: SchedulerContext, worker: WorkerId): void {
  feed(scheduler, worker);
  const woken = scheduler.dispatch.wake?.(worker, scheduler.world.now);
  if (woken !== undefined) for (const other of woken) feed(scheduler, other);
}

/** A worker with room pulls what is held for its variant, up to one full batch. */
function feed(scheduler: SchedulerContext, worker: WorkerId): void {
  const { dispatch, fleet, requests, world } = scheduler;
  // A worker that began to drain after it asked gets nothing.
  if (dispatch.pull === undefined || fleet.state[worker] !== READY) return;
  const variant = fleet.variant[worker];
  const waiting = scheduler.waiting[variant];
  while (waiting.length > 0 && fleet.outstanding[worker] < scheduler.maxBatch[variant]) {
    const position = dispatch.pull(worker, waiting, world.now);
    if (position === NONE) return;
    if (!(position >= 0 && position < waiting.length)) {
      throw badAnswer('dispatch', `position ${position} of ${waiting.length}`, 'a position in the queue, or NONE');
    }
    const slot = waiting.at(position);
    const inputs = requests.inputs[slot];
    if (requests.outcome[slot] === OPEN && fleet.outstanding[worker] + inputs > scheduler.maxBatch[variant]) return;
    takeHeld(scheduler, variant, position);
    if (requests.outcome[slot] === OPEN) assign(scheduler, slot, worker);
    else scheduler.ledger.letGo(slot);
  }
}

/** What was held for want of a worker is routed again, oldest first. */
function workerReady(scheduler: SchedulerContext, worker: WorkerId): void {
  if (scheduler.fleet.dedicated[worker] === 1) return;
  const variant = scheduler.fleet.variant[worker];
  if (scheduler.dispatch.pull !== undefined) {
    // From here on they wait their turn in the central queue: the time lost to loading is over for all of them.
    const waiting = scheduler.waiting[variant];
    for (let i = 0; i < waiting.length; i += 1) scheduler.requests.endHold(waiting.at(i), scheduler.world.now);
    return feed(scheduler, worker);
  }
  for (let remaining = scheduler.waiting[variant].length; remaining > 0; remaining -= 1) {
    const slot = takeHeld(scheduler, variant, 0);
    if (scheduler.requests.outcome[slot] === OPEN) route(scheduler, slot, variant);
    else scheduler.ledger.letGo(slot);
  }
}

/** Takes a request out of the held ones of its variant; the caller assigns it or lets it go. */
function takeHeld(scheduler: SchedulerContext, variant: VariantIndex, position: number): Slot {
  const slot = position === 0 ? scheduler.waiting[variant].shift() : scheduler.waiting[variant].removeAt(position);
  scheduler.fleet.waiting[variant] -= scheduler.requests.inputs[slot];
  scheduler.requests.held[slot] = 0;
  return slot;
}

function returned(scheduler: SchedulerContext, slot: Slot): void {
  const { requests } = scheduler;
  if (requests.outcome[slot] !== OPEN) return scheduler.ledger.letGo(slot);
  requests.held[slot] = 0;
  requests.worker[slot] = -1;
  return routeAgain(scheduler, slot);
}

/** What is held for a variant that was rolled over is routed to its successor, oldest first. */
function succeeded(scheduler: SchedulerContext, variant: VariantIndex): void {
  for (let remaining = scheduler.waiting[variant].length; remaining > 0; remaining -= 1) {
    const slot = takeHeld(scheduler, variant, 0);
    if (scheduler.requests.outcome[slot] === OPEN) routeAgain(scheduler, slot);
    else scheduler.ledger.letGo(slot);
  }
}

/** Routes an admitted request again; when its variant was rolled over meanwhile it becomes the successor's. */
function routeAgain(scheduler: SchedulerContext, slot: Slot): void {
  const { requests, fleet, world } = scheduler;
  const before = requests.variant[slot];
  const variant = fleet.servedBy[before];
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

function cancelled(scheduler: SchedulerContext, slot: Slot, ordinal: number): void {
  const { requests, world } = scheduler;
  if (requests.ordinal[slot] !== ordinal || requests.outcome[slot] !== OPEN) return;
  scheduler.ledger.end(slot, CANCELLED, CLIENT_CANCELLED, world.now);
  dropEnded(scheduler, requests.variant[slot]);
}

/** Forgets held requests that have ended, from the oldest on: they are no demand any more. */
function dropEnded(scheduler: SchedulerContext, variant: VariantIndex): void {
  const { requests, ledger } = scheduler;
  const waiting = scheduler.waiting[variant];
  while (waiting.length > 0 && requests.outcome[waiting.peek()] !== OPEN) {
    ledger.letGo(takeHeld(scheduler, variant, 0));
  }
}

function setReview(scheduler: SchedulerContext, periodNs: Nanos): void {
  scheduler.reviewSet = true;
  scheduler.world.setTimer(SCHEDULER, scheduler.world.now + periodNs, { type: 'hold.due' });
}

/** Drops what the dispatch policy has given up, asks the workers again, and sets the next timer while something waits. */
function review(scheduler: SchedulerContext): void {
  const { dispatch, fleet, waiting } = scheduler;
  scheduler.reviewSet = false;
  for (let variant = 0; variant < waiting.length; variant += 1) {
    if (waiting[variant].length === 0) continue;
    dropLapsed(scheduler, variant);
    const ready = fleet.ready(variant);
    for (let i = 0; i < ready.length; i += 1) feed(scheduler, ready.at(i));
  }
  const isHolding = waiting.some(({ length }) => length > 0);
  if (isHolding && dispatch.reviewNs !== undefined) setReview(scheduler, dispatch.reviewNs);
}

function dropLapsed(scheduler: SchedulerContext, variant: VariantIndex): void {
  const { dispatch, requests, ledger, world } = scheduler;
  const waiting = scheduler.waiting[variant];
  for (let position = 0; position < waiting.length;) {
    const slot = waiting.at(position);
    const isOpen = requests.outcome[slot] === OPEN;
    if (isOpen && dispatch.lapsed?.(slot, world.now) !== true) {
      position += 1;
      continue;
    }
    takeHeld(scheduler, variant, position);
    if (isOpen) ledger.end(slot, EXPIRED, DEADLINE_PASSED, world.now);
    else ledger.letGo(slot);
  }
}

function expectBy(scheduler: SchedulerContext, slot: Slot): void {
  const { timeouts, requests, world } = scheduler;
  const due = requests.scheduledNs[slot] + scheduler.timeoutNs;
  const wasEmpty = timeouts.push(slot, requests.ordinal[slot], due);
  if (wasEmpty) world.setTimer(SCHEDULER, Math.max(due, world.now), { type: 'timeout.due' });
}

function timedOut(scheduler: SchedulerContext): void {
  const { timeouts, requests, world, ledger } = scheduler;
  while (timeouts.nextDueNs <= world.now) {
    const { slot, ordinal } = timeouts.shift();
    const open = requests.ordinal[slot] === ordinal && requests.outcome[slot] === OPEN;
    if (!open) continue;
    ledger.end(slot, FAILED, TIMEOUT, world.now);
    dropEnded(scheduler, requests.variant[slot]);
  }
  timeouts.dropEnded(requests);
  if (timeouts.length > 0) world.setTimer(SCHEDULER, timeouts.nextDueNs, { type: 'timeout.due' });
}

/** @throws ServingError for what is no reason: such a request could not be accounted for. */
function knownReason(code: Reason): Reason {
  if (Number.isInteger(code) && code > 0 && code < REASONS.length) return code;
  throw badAnswer('admission', `reason ${code}`, '0, or the code of a reason');
}

function reject(scheduler: SchedulerContext, slot: Slot, why: Reason): void {
  scheduler.ledger.end(slot, REJECTED, why, scheduler.world.now);
}
