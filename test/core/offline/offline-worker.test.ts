/** A worker on an offline job, message by message: retries, late answers, what it gives back. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DRAINING, JobTable, NEVER, Signals, queueOf, reason } from '../../../core/index.ts';
import { offlineWorkerContext, offlineWorkerLogic } from '../../../core/offline/offline-worker.ts';
import { Throttle } from '../../../core/offline/throttle.ts';
import { Bench, TIMINGS } from '../actors/bench.ts';

const AT = queueOf(0);
const CRASHED = reason('worker-crashed');
const LOST = reason('machine-lost');
const NEXT_GENERATION = 2;

let bench: Bench;
let jobs: JobTable;
let share: number;

beforeEach(() => {
  bench = new Bench({ variants: [{ maxBatch: 4 }] });
  const { world, fleet } = bench;
  const plain = { architecture: 'a', variant: '', atNs: 0, cancelNs: NEVER, batch: 2, attemptsMax: 2 };
  jobs = new JobTable([{ name: 'job', files: 5, ...plain }]);
  share = 0;
  const options = { utilisation: 0.4, flagged: true };
  const throttle = new Throttle({ options, fleet, signals: new Signals(), load: { shareOf: () => share } });
  const worker = bench.worker();
  const generation = fleet.generation[worker];
  const parts = { world, fleet, worker, generation, jobs, job: 0, throttle, batchMax: 2, timeline: undefined };
  world.attach(AT, offlineWorkerLogic, offlineWorkerContext(parts));
});

const finished = (generation = 1) => bench.deliver(AT, { type: 'batch.finished', generation, timings: TIMINGS });
const failed = () => bench.deliver(AT, { type: 'batch.failed', generation: 1, reason: CRASHED });
const open = () => bench.deliver(AT, { type: 'queue.open' });

describe('a worker on an offline job', () => {
  test('drops and counts what was meant for an earlier life', () => {
    open();
    const stale = bench.fleet.staleMessages;
    bench.deliver(AT, { type: 'queue.abandon', generation: NEXT_GENERATION, reason: CRASHED });
    expect(bench.deliver(AT, { type: 'queue.drain', generation: NEXT_GENERATION })).toEqual([]);
    expect([jobs.counts(0).running, bench.fleet.staleMessages - stale]).toEqual([2, 2]);
  });

  test('runs batch after batch, then says that it is not needed', () => {
    expect(open()).toEqual(['execute worker-0 g1 [0 1] 2 inputs']);
    expect(finished()).toEqual(['execute worker-0 g1 [2 3] 2 inputs']);
    expect(finished()).toEqual(['execute worker-0 g1 [4] 1 inputs']);
    expect(finished()).toEqual(['offline < worker.unneeded worker=0 generation=1']);
    expect(jobs.counts(0).done).toBe(5);
  });

  test('tries a failed batch again, the same files, and then goes on without them', () => {
    open();
    expect(failed()).toEqual(['execute worker-0 g1 [0 1] 2 inputs']);
    expect(failed()).toEqual(['execute worker-0 g1 [2 3] 2 inputs']);
    expect(jobs.counts(0)).toMatchObject({ failed: 2, running: 2 });
  });

  test('succeeds at the second try', () => {
    open();
    failed();
    finished();
    expect([jobs.counts(0).done, jobs.counts(0).failed, jobs.attempts(0).retries]).toEqual([2, 0, 1]);
  });

  test('waits a second while it is throttled, and looks again', () => {
    share = 0.5;
    expect(open()).toEqual(['timer at 1000000000: worker-0 < batch.due generation=1']);
    expect(bench.world.fire()).toEqual(['timer at 2000000000: worker-0 < batch.due generation=1']);
    share = 0.4;
    expect(bench.world.fire()).toEqual(['execute worker-0 g1 [0 1] 2 inputs']);
  });

  test('finishes its batch when it is drained, and leaves the rest to the job', () => {
    open();
    bench.fleet.setState(0, DRAINING, 0);
    expect(bench.deliver(AT, { type: 'queue.drain', generation: 1 })).toEqual([]);
    expect(finished()).toEqual(['worker-0/lifecycle < queue.drained generation=1']);
    expect(jobs.counts(0)).toMatchObject({ done: 2, waiting: 3, running: 0 });
  });

  test('is drained at once while it waits', () => {
    share = 1;
    open();
    expect(bench.deliver(AT, { type: 'queue.drain', generation: 1 })).toEqual([
      'timer cancelled',
      'worker-0/lifecycle < queue.drained generation=1',
    ]);
  });

  test('that crashes has used up an attempt; one whose machine is lost has not', () => {
    open();
    bench.deliver(AT, { type: 'queue.abandon', generation: 1, reason: LOST });
    expect([jobs.counts(0).waiting, bench.fleet.running[0]]).toEqual([5, 0]);
    open();
    bench.deliver(AT, { type: 'queue.abandon', generation: 1, reason: CRASHED });
    open();
    bench.deliver(AT, { type: 'queue.abandon', generation: 1, reason: CRASHED });
    expect(jobs.counts(0)).toMatchObject({ waiting: 3, failed: 2 });
  });

  test('counts an answer that nobody awaits, or that is for another life, and ignores it', () => {
    finished();
    open();
    finished(NEXT_GENERATION);
    bench.deliver(AT, { type: 'batch.due', generation: NEXT_GENERATION });
    expect([bench.fleet.staleMessages, jobs.counts(0).running]).toEqual([3, 2]);
  });

  test('gives a request back that was sent to an earlier life of its number', () => {
    const answer = bench.deliver(AT, { type: 'request.assigned', slot: 3, generation: 0 });
    expect([answer, bench.fleet.staleMessages]).toEqual([['scheduler < request.returned slot=3'], 1]);
  });
});
