/**
 * The data path of one worker: its queue and its batcher. One batch runs at a time. The queue reads the worker's
 * state in the fleet table and never writes it; the lifecycle tells it when to open, drain or abandon.
 */
import { SCHEDULER, lifecycleOf, queueOf } from '../addresses.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { assertNever } from '../errors.ts';
import type { Ledger } from '../ledger.ts';
import type { BatchTimings, QueueMessage } from '../messages.ts';
import type { Recorder } from '../metrics/recorder.ts';
import { EXPIRED, FAILED, OPEN, reason } from '../outcome.ts';
import type { Reason } from '../outcome.ts';
import type { AdmissionPolicy, BatchingPolicy } from '../policy.ts';
import { DRAINING, READY } from '../tables/fleet.ts';
import type { Fleet, Generation, WorkerId } from '../tables/fleet.ts';
import type { RequestTable, Slot } from '../tables/request-table.ts';
import { SlotQueue } from '../tables/slot-queue.ts';
import { NEVER } from '../time.ts';
import type { Nanos } from '../time.ts';
import { NO_TIMER } from '../world.ts';
import type { TimerId, World } from '../world.ts';
import { badAnswer } from './policy-answer.ts';
import { reducer } from './reducer.ts';

const DEADLINE_PASSED = reason('deadline-passed');

export interface QueueInput {
  readonly world: World;
  readonly worker: WorkerId;
  readonly catalogue: Catalogue;
  readonly requests: RequestTable;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly batching: BatchingPolicy;
  readonly admission: AdmissionPolicy;
  /** Tell the scheduler when there is room: the dispatch policy pulls. */
  readonly pulls: boolean;
}

export interface QueueContext extends QueueInput {
  readonly queue: SlotQueue;
  maxBatch: number;
  /** The running batch's slots; the first `batchCount` count. The backend reads them until it answers. */
  batch: Int32Array;
  batchCount: number;
  timer: TimerId;
  timerAtNs: Nanos;
}

/** The actor's context from what the assembly gives it. */
export function queueContext(input: QueueInput): QueueContext {
  // Written out: every spread makes a hidden class of its own, and sixteen of them make each access ten times slower.
  return {
    world: input.world,
    worker: input.worker,
    catalogue: input.catalogue,
    requests: input.requests,
    fleet: input.fleet,
    ledger: input.ledger,
    recorder: input.recorder,
    batching: input.batching,
    admission: input.admission,
    pulls: input.pulls,
    queue: new SlotQueue(),
    maxBatch: 1,
    batch: new Int32Array(1),
    batchCount: 0,
    timer: NO_TIMER,
    timerAtNs: NEVER,
  };
}

export const queueLogic = reducer<QueueContext, QueueMessage>((queue, message) => {
  switch (message.type) {
    case 'request.assigned':
      return assigned(queue, message.slot, message.generation);
    case 'batch.finished':
      return isAwaited(queue, message.generation) ? finished(queue, message.timings) : undefined;
    case 'batch.due':
      return isCurrent(queue, message.generation) ? due(queue) : undefined;
    case 'batch.failed':
      return isAwaited(queue, message.generation) ? failed(queue, message.reason) : undefined;
    case 'queue.open':
      return open(queue);
    case 'queue.drain':
      return isCurrent(queue, message.generation) ? drain(queue) : undefined;
    case 'queue.abandon':
      return isCurrent(queue, message.generation) ? abandon(queue, message.reason) : undefined;
    default:
      return assertNever(message);
  }
});

function isCurrent(queue: QueueContext, generation: Generation): boolean {
  const current = queue.fleet.generation[queue.worker] === generation;
  if (!current) queue.fleet.staleMessages += 1;
  return current;
}

/** Whether an answer is for the batch that runs. A killed worker's batch may answer before its number is used again. */
function isAwaited(queue: QueueContext, generation: Generation): boolean {
  const awaited = queue.batchCount > 0 && queue.fleet.generation[queue.worker] === generation;
  if (!awaited) queue.fleet.staleMessages += 1;
  return awaited;
}

function open(queue: QueueContext): void {
  const variant = queue.fleet.variant[queue.worker];
  queue.maxBatch = queue.catalogue.variants[variant].maxBatch;
  queue.batch = new Int32Array(queue.maxBatch);
  queue.batching.started?.(queue.worker, variant);
}

function assigned(queue: QueueContext, slot: Slot, generation: Generation): void {
  const { fleet, requests, worker, world } = queue;
  // Sent before the worker died: its number has a new life by now, which never counted the request.
  if (!isCurrent(queue, generation)) return world.send(SCHEDULER, { type: 'request.returned', slot });
  if (fleet.state[worker] !== READY) return giveBack(queue, slot);
  requests.enqueuedNs[slot] = world.now;
  fleet.queued[worker] += requests.inputs[slot];
  queue.queue.push(slot);
  if (fleet.running[worker] === 0) consider(queue);
}

/** Starts a batch now, or sets the timer for the instant the policy names. */
function consider(queue: QueueContext): void {
  const { fleet, requests, worker, world } = queue;
  if (queue.queue.length === 0) return;
  const oldestNs = requests.enqueuedNs[queue.queue.peek()];
  const startNs = queue.batching.startAt(worker, fleet.queued[worker], oldestNs, world.now);
  if (Number.isNaN(startNs)) throw badAnswer('batching', 'a start at NaN', 'an instant in nanoseconds, or NEVER');
  if (startNs <= world.now) return form(queue);
  if (startNs !== queue.timerAtNs) setTimer(queue, startNs);
}

function setTimer(queue: QueueContext, atNs: Nanos): void {
  const { world, worker, fleet } = queue;
  if (queue.timer !== NO_TIMER) world.cancelTimer(queue.timer);
  queue.timerAtNs = atNs;
  queue.timer =
    atNs === NEVER
      ? NO_TIMER
      : world.setTimer(queueOf(worker), atNs, { type: 'batch.due', generation: fleet.generation[worker] });
}

function due(queue: QueueContext): void {
  queue.timer = NO_TIMER;
  queue.timerAtNs = NEVER;
  if (queue.fleet.running[queue.worker] === 0) consider(queue);
}

/** Takes the oldest requests up to the limit and executes them. What has ended or expired meanwhile drops out. */
function form(queue: QueueContext): void {
  const { requests, fleet, worker, world, admission } = queue;
  const now = world.now;
  const asked = queue.batching.limit(worker);
  if (!(asked >= 1)) throw badAnswer('batching', `a limit of ${asked} inputs`, 'at least 1');
  const limit = Math.min(asked, queue.maxBatch);
  let count = 0;
  let inputs = 0;
  while (queue.queue.length > 0) {
    const slot = queue.queue.peek();
    const weight = requests.inputs[slot];
    if (requests.outcome[slot] !== OPEN) {
      leave(queue, weight);
      queue.ledger.letGo(slot);
    } else if (admission.expires?.(slot, worker, now) === true) {
      leave(queue, weight);
      queue.ledger.end(slot, EXPIRED, DEADLINE_PASSED, now);
      queue.ledger.letGo(slot);
    } else {
      if (count > 0 && inputs + weight > limit) break;
      queue.queue.shift();
      queue.batch[count] = slot;
      count += 1;
      inputs += weight;
      if (inputs >= limit) break;
    }
  }
  if (queue.timer !== NO_TIMER) setTimer(queue, NEVER);
  fleet.queued[worker] -= inputs;
  queue.batchCount = count;
  if (count === 0) return askForWork(queue);
  fleet.batchStarted(worker, inputs, now);
  world.backend.execute(worker, fleet.generation[worker], queue.batch, count, inputs);
}

/** Takes the head of the queue out without executing it. */
function leave(queue: QueueContext, weight: number): void {
  queue.queue.shift();
  queue.fleet.queued[queue.worker] -= weight;
  queue.fleet.outstanding[queue.worker] -= weight;
}

function finished(queue: QueueContext, timings: BatchTimings): void {
  const { fleet, worker, world } = queue;
  const now = world.now;
  const startedNs = fleet.batchStartNs[worker];
  const inputs = fleet.running[worker];
  queue.ledger.batchServed(queue.batch, queue.batchCount, { worker, startedNs, inputs, timings }, now);
  queue.recorder.batch(worker, fleet.variant[worker], inputs, startedNs, now);
  queue.batching.finished?.(worker, inputs, now - startedNs);
  endBatch(queue, inputs);
}

function failed(queue: QueueContext, why: Reason): void {
  const inputs = queue.fleet.running[queue.worker];
  failBatch(queue, why);
  endBatch(queue, inputs);
}

function failBatch(queue: QueueContext, why: Reason): void {
  const { requests, ledger, world } = queue;
  for (let i = 0; i < queue.batchCount; i += 1) {
    const slot = queue.batch[i];
    if (requests.outcome[slot] === OPEN) ledger.end(slot, FAILED, why, world.now);
    ledger.letGo(slot);
  }
}

/** The worker is idle: go on with the queue, ask for work, or report that the drain is done. */
function endBatch(queue: QueueContext, inputs: number): void {
  const { fleet, worker, world } = queue;
  queue.batchCount = 0;
  fleet.outstanding[worker] -= inputs;
  fleet.batchEnded(worker, world.now);
  if (fleet.state[worker] === DRAINING) return reportDrained(queue);
  if (queue.queue.length > 0) consider(queue);
  if (fleet.running[worker] === 0) askForWork(queue);
}

function askForWork(queue: QueueContext): void {
  // Nothing is owed on the hot path: one comparison there.
  if (queue.pulls || queue.fleet.demand.owedTotal > 0)
    queue.world.send(SCHEDULER, { type: 'worker.idle', worker: queue.worker });
}

function drain(queue: QueueContext): void {
  giveBackAll(queue);
  if (queue.batchCount === 0) reportDrained(queue);
}

function reportDrained(queue: QueueContext): void {
  const { world, worker, fleet } = queue;
  world.send(lifecycleOf(worker), { type: 'queue.drained', generation: fleet.generation[worker] });
}

function abandon(queue: QueueContext, why: Reason): void {
  const { fleet, worker, world } = queue;
  if (queue.batchCount > 0) {
    const inputs = fleet.running[worker];
    failBatch(queue, why);
    queue.batchCount = 0;
    fleet.outstanding[worker] -= inputs;
    fleet.batchEnded(worker, world.now);
  }
  giveBackAll(queue);
}

function giveBackAll(queue: QueueContext): void {
  if (queue.timer !== NO_TIMER) setTimer(queue, NEVER);
  while (queue.queue.length > 0) {
    const slot = queue.queue.shift();
    queue.fleet.queued[queue.worker] -= queue.requests.inputs[slot];
    giveBack(queue, slot);
  }
}

function giveBack(queue: QueueContext, slot: Slot): void {
  const { fleet, requests, worker, world } = queue;
  fleet.outstanding[worker] -= requests.inputs[slot];
  world.send(SCHEDULER, { type: 'request.returned', slot });
}
