/**
 * The scheduler: selection, admission and dispatch for each request, and the requests that wait with it for want
 * of a worker or because the dispatch policy keeps one central queue. It answers nobody itself: a request it
 * refuses ends in the ledger.
 */
import { SCHEDULER } from '../addresses.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import { assertNever } from '../errors.ts';
import type { SchedulerMessage } from '../messages.ts';
import { CANCELLED, FAILED, OPEN, REASONS, reason } from '../outcome.ts';
import type { Reason } from '../outcome.ts';
import { NONE } from '../policy.ts';
import type { Slot } from '../tables/request-table.ts';
import { dropEnded, review, succeeded, workerIdle, workerReady, workerShort } from './holding.ts';
import { badAnswer } from './policy-answer.ts';
import { reducer } from './reducer.ts';
import { TOO_MANY_INPUTS, reject, route, routeAgain } from './routing.ts';
import type { SchedulerContext } from './scheduler-context.ts';

const NO_VARIANT = reason('no-variant');
const TIMEOUT = reason('timeout');
const CLIENT_CANCELLED = reason('client-cancelled');

export const schedulerLogic = reducer<SchedulerContext, SchedulerMessage>((scheduler, message) => {
  switch (message.type) {
    case 'request.arrived':
      return arrive(scheduler, message.slot);
    case 'worker.idle':
      return workerIdle(scheduler, message.worker);
    case 'worker.ready':
      return workerReady(scheduler, message.worker);
    case 'worker.short':
      return workerShort(scheduler, message.variant);
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

function returned(scheduler: SchedulerContext, slot: Slot): void {
  const { requests } = scheduler;
  if (requests.outcome[slot] !== OPEN) return scheduler.ledger.letGo(slot);
  requests.held[slot] = 0;
  requests.worker[slot] = -1;
  return routeAgain(scheduler, slot, scheduler.dispatch.reselects === true ? reselected(scheduler, slot) : undefined);
}

/** The variant that selection finds for a request now; the one it had where none fits any more. */
function reselected(scheduler: SchedulerContext, slot: Slot): VariantIndex {
  const before = scheduler.requests.variant[slot];
  const selected = scheduler.selection.select(slot, scheduler.world.now);
  if (selected === NONE) return before;
  if (scheduler.maxBatch[selected] === undefined)
    throw badAnswer('selection', `variant ${selected}`, 'a variant or NONE');
  return selected;
}

function cancelled(scheduler: SchedulerContext, slot: Slot, ordinal: number): void {
  const { requests, world } = scheduler;
  if (requests.ordinal[slot] !== ordinal || requests.outcome[slot] !== OPEN) return;
  scheduler.ledger.end(slot, CANCELLED, CLIENT_CANCELLED, world.now);
  dropEnded(scheduler, requests.variant[slot]);
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
