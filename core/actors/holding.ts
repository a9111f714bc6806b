/**
 * The requests that the scheduler holds: who gets them when a worker is ready, goes idle or cannot be had, and what is
 * dropped because it has ended or was given up. Invariant: oldest first, unless the dispatch policy pulls another.
 */
import type { VariantIndex } from '../catalogue/variant.ts';
import { EXPIRED, OPEN, reason } from '../outcome.ts';
import { HOLD, NONE, START } from '../policy.ts';
import { READY } from '../tables/fleet.ts';
import type { WorkerId } from '../tables/fleet.ts';
import type { Slot } from '../tables/request-table.ts';
import { badAnswer } from './policy-answer.ts';
import { assign, carryOut, route, routeAgain, setReview } from './routing.ts';
import type { SchedulerContext } from './scheduler-context.ts';

const DEADLINE_PASSED = reason('deadline-passed');

/** A worker has room; under some policies others waited for it and are asked as well. */
export function workerIdle(scheduler: SchedulerContext, worker: WorkerId): void {
  if (scheduler.dispatch.pull === undefined) return offer(scheduler, worker);
  feed(scheduler, worker);
  const woken = scheduler.dispatch.wake?.(worker, scheduler.world.now);
  if (woken !== undefined) for (const other of woken) feed(scheduler, other);
}

/** While a worker is owed, what is held for it need not wait beside one that is idle: dispatch is asked, oldest first. */
function offer(scheduler: SchedulerContext, worker: WorkerId): void {
  const { dispatch, fleet, requests, world } = scheduler;
  const variant = fleet.variant[worker];
  const waiting = scheduler.waiting[variant];
  if (fleet.demand.owed[variant] === 0 || fleet.state[worker] !== READY || fleet.dedicated[worker] === 1) return;
  while (waiting.length > 0) {
    const slot = waiting.peek();
    const isOpen = requests.outcome[slot] === OPEN;
    const answer = isOpen ? dispatch.assign(slot, variant, world.now) : NONE;
    if (answer === HOLD || answer === START) break;
    takeHeld(scheduler, variant, 0);
    if (isOpen) carryOut(scheduler, slot, variant, answer);
    else scheduler.ledger.letGo(slot);
  }
  fleet.demand.settle(variant, waiting.length);
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
export function workerReady(scheduler: SchedulerContext, worker: WorkerId): void {
  if (scheduler.fleet.dedicated[worker] === 1) return;
  const variant = scheduler.fleet.variant[worker];
  if (scheduler.dispatch.pull !== undefined) {
    // From here on they wait their turn in the central queue: the time lost to loading is over for all of them.
    const waiting = scheduler.waiting[variant];
    for (let i = 0; i < waiting.length; i += 1) scheduler.requests.endHold(waiting.at(i), scheduler.world.now);
    return feed(scheduler, worker);
  }
  // All are asked about again, and say again what they want.
  scheduler.fleet.demand.settle(variant, 0);
  routeHeld(scheduler, variant, route);
}

/** A worker that was wanted cannot be started: what is held goes to those that are ready, as far as dispatch lets it. */
export function workerShort(scheduler: SchedulerContext, variant: VariantIndex): void {
  const { dispatch, fleet } = scheduler;
  const ready = fleet.ready(variant);
  if (dispatch.pull !== undefined) {
    for (let i = 0; i < ready.length; i += 1) feed(scheduler, ready.at(i));
    return;
  }
  if (ready.length === 0) return;
  fleet.demand.settle(variant, 0);
  scheduler.isShort = true;
  routeHeld(scheduler, variant, route);
  scheduler.isShort = false;
}

/** What is held for a variant that was rolled over is routed to its successor, oldest first. */
export function succeeded(scheduler: SchedulerContext, variant: VariantIndex): void {
  routeHeld(scheduler, variant, (context, slot) => routeAgain(context, slot));
}

function routeHeld(
  scheduler: SchedulerContext,
  variant: VariantIndex,
  send: (scheduler: SchedulerContext, slot: Slot, variant: VariantIndex) => void,
): void {
  for (let remaining = scheduler.waiting[variant].length; remaining > 0; remaining -= 1) {
    const slot = takeHeld(scheduler, variant, 0);
    if (scheduler.requests.outcome[slot] === OPEN) send(scheduler, slot, variant);
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

/** Forgets held requests that have ended, from the oldest on: they are no demand any more. */
export function dropEnded(scheduler: SchedulerContext, variant: VariantIndex): void {
  const { requests, ledger } = scheduler;
  const waiting = scheduler.waiting[variant];
  while (waiting.length > 0 && requests.outcome[waiting.peek()] !== OPEN) {
    ledger.letGo(takeHeld(scheduler, variant, 0));
  }
}

/** Drops what the dispatch policy has given up, asks the workers again, and sets the next timer while something waits. */
export function review(scheduler: SchedulerContext): void {
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
