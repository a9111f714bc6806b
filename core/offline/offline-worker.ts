/**
 * The data path of a worker that does offline work: where other workers have a queue of requests, it has a job whose
 * files it takes batch by batch, as far as the throttle lets it. It never keeps a file: what it does not finish goes
 * back to the job table, whatever becomes of the worker.
 */
import { OFFLINE, SCHEDULER, lifecycleOf, queueOf } from '../addresses.ts';
import { reducer } from '../actors/reducer.ts';
import { assertNever } from '../errors.ts';
import type { QueueMessage } from '../messages.ts';
import type { Timeline } from '../metrics/timeline.ts';
import { reason } from '../outcome.ts';
import type { Reason } from '../outcome.ts';
import { DRAINING } from '../tables/fleet.ts';
import type { Fleet, Generation, WorkerId } from '../tables/fleet.ts';
import { NANOS_PER_SECOND } from '../time.ts';
import type { Nanos } from '../time.ts';
import { NO_TIMER } from '../world.ts';
import type { TimerId, World } from '../world.ts';
import type { FileBatch, JobTable } from './job-table.ts';
import type { JobIndex } from './job.ts';
import type { Throttle } from './throttle.ts';

/** How long it waits before it asks the throttle again, as in INFaaS's release. */
const PAUSE_NS: Nanos = NANOS_PER_SECOND;
const MACHINE_LOST = reason('machine-lost');

export interface OfflineWorkerInput {
  readonly world: World;
  readonly fleet: Fleet;
  readonly worker: WorkerId;
  readonly generation: Generation;
  readonly jobs: JobTable;
  readonly job: JobIndex;
  readonly throttle: Throttle;
  /** Files per batch at most. */
  readonly batchMax: number;
  readonly timeline: Timeline | undefined;
}

interface OfflineWorkerContext extends OfflineWorkerInput {
  batch: FileBatch | undefined;
  timer: TimerId;
}

/** The actor's context from what the job runner gives it. */
export function offlineWorkerContext(input: OfflineWorkerInput): OfflineWorkerContext {
  return { ...input, batch: undefined, timer: NO_TIMER };
}

export const offlineWorkerLogic = reducer<OfflineWorkerContext, QueueMessage>((worker, message) => {
  switch (message.type) {
    case 'request.assigned':
      // Sent to an earlier life of this number that served requests: it is not this worker's.
      worker.fleet.staleMessages += 1;
      return worker.world.send(SCHEDULER, { type: 'request.returned', slot: message.slot });
    case 'queue.open':
      return goOn(worker);
    case 'batch.due':
      return isCurrent(worker, message.generation) ? resume(worker) : undefined;
    case 'batch.finished':
      return isAwaited(worker, message.generation) ? finished(worker) : undefined;
    case 'batch.failed':
      return isAwaited(worker, message.generation) ? failed(worker) : undefined;
    case 'queue.drain':
      return isCurrent(worker, message.generation) ? drain(worker) : undefined;
    case 'queue.abandon':
      return isCurrent(worker, message.generation) ? abandon(worker, message.reason) : undefined;
    default:
      return assertNever(message);
  }
});

function isCurrent(worker: OfflineWorkerContext, generation: Generation): boolean {
  const current = worker.generation === generation;
  if (!current) worker.fleet.staleMessages += 1;
  return current;
}

function isAwaited(worker: OfflineWorkerContext, generation: Generation): boolean {
  const awaited = worker.batch !== undefined && worker.generation === generation;
  if (!awaited) worker.fleet.staleMessages += 1;
  return awaited;
}

/** Runs the next batch, waits, or says that there is nothing left. */
function goOn(context: OfflineWorkerContext): void {
  const { world, fleet, worker, generation, jobs, job, throttle, batchMax } = context;
  if (jobs.counts(job).waiting === 0) return world.send(OFFLINE, { type: 'worker.unneeded', worker, generation });
  if (throttle.pauses(fleet.machine[worker])) {
    context.timer = world.setTimer(queueOf(worker), world.now + PAUSE_NS, { type: 'batch.due', generation });
    return;
  }
  const batch = jobs.take(job, batchMax, world.now);
  if (batch === undefined) return;
  context.batch = batch;
  const inputs = batch.files.length;
  fleet.batchStarted(worker, inputs, world.now);
  world.backend.execute(worker, generation, batch.files, inputs, inputs);
}

function resume(context: OfflineWorkerContext): void {
  context.timer = NO_TIMER;
  goOn(context);
}

function finished(context: OfflineWorkerContext): void {
  const { fleet, worker, world, timeline } = context;
  timeline?.batch(worker, fleet.variant[worker], fleet.running[worker], fleet.batchStartNs[worker], world.now);
  endBatch(context, (batch) => context.jobs.finish(batch, world.now));
  afterBatch(context);
}

function failed(context: OfflineWorkerContext): void {
  endBatch(context, (batch) => context.jobs.fail(batch, context.world.now));
  afterBatch(context);
}

function endBatch(context: OfflineWorkerContext, account: (batch: FileBatch) => void): void {
  const { batch, fleet, worker, world } = context;
  if (batch === undefined) return;
  context.batch = undefined;
  account(batch);
  fleet.batchEnded(worker, world.now);
}

function afterBatch(context: OfflineWorkerContext): void {
  if (context.fleet.state[context.worker] === DRAINING) reportDrained(context);
  else goOn(context);
}

/** The running batch may finish; files that wait stay with the job. */
function drain(context: OfflineWorkerContext): void {
  stopTimer(context);
  if (context.batch === undefined) reportDrained(context);
}

/** The worker is dead. A batch whose worker crashed may have caused it; one whose machine is lost has not. */
function abandon(context: OfflineWorkerContext, why: Reason): void {
  stopTimer(context);
  const { jobs, world } = context;
  endBatch(context, (batch) => (why === MACHINE_LOST ? jobs.lose(batch, world.now) : jobs.fail(batch, world.now)));
}

function reportDrained({ world, worker, generation }: OfflineWorkerContext): void {
  world.send(lifecycleOf(worker), { type: 'queue.drained', generation });
}

function stopTimer(context: OfflineWorkerContext): void {
  if (context.timer !== NO_TIMER) context.world.cancelTimer(context.timer);
  context.timer = NO_TIMER;
}
