/** The files of offline jobs: whatever happens to their batches, none is lost and none is done twice. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JobTable, NEVER } from '../../../core/index.ts';
import type { FileBatch, OfflineJob } from '../../../core/index.ts';

function tableOf(...jobs: readonly Partial<OfflineJob>[]): JobTable {
  const plain = { architecture: 'a', variant: '', files: 10, atNs: 0, cancelNs: NEVER, batch: 4, attemptsMax: 3 };
  return new JobTable(jobs.map((job, index) => ({ name: `job-${index}`, ...plain, ...job })));
}

function taken(table: JobTable, job = 0, now = 0): FileBatch {
  const batch = table.take(job, table.jobs[job].batch, now);
  if (batch === undefined) throw new RangeError('no file waits');
  return batch;
}

describe('the files of a job', () => {
  test('are taken in batches, the last one as small as it has to be', () => {
    const table = tableOf({});
    const sizes = [taken(table), taken(table), taken(table)].map(({ files }) => [...files]);
    expect(sizes).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    expect(table.take(0, 4, 0)).toBeUndefined();
  });

  test('have numbers that no other job’s files have', () => {
    const table = tableOf({ files: 3 }, { files: 2 });
    expect([[...taken(table, 1).files], table.files]).toEqual([[3, 4], 5]);
  });

  test('that failed are tried again together, then count as done', () => {
    const table = tableOf({});
    const first = taken(table);
    table.fail(first, 1);
    const again = taken(table);
    expect([...again.files]).toEqual([...first.files]);
    table.finish(again, 2);
    expect(table.counts(0)).toEqual({ total: 10, waiting: 6, running: 0, done: 4, failed: 0, cancelled: 0 });
    expect(table.attempts(0)).toEqual({ attempts: 2, retries: 1 });
  });

  test('fail for good when the last attempt fails, and the job goes on', () => {
    const table = tableOf({ attemptsMax: 2 });
    table.fail(taken(table), 1);
    table.fail(taken(table), 2);
    expect(table.counts(0)).toMatchObject({ failed: 4, waiting: 6 });
    expect([...taken(table).files]).toEqual([4, 5, 6, 7]);
  });

  test('that lose their machine have not used up an attempt', () => {
    const table = tableOf({ attemptsMax: 1 });
    for (let i = 0; i < 5; i += 1) table.lose(taken(table), i);
    expect(table.counts(0)).toMatchObject({ failed: 0, waiting: 10 });
  });
});

describe('a job that is cancelled', () => {
  test('before it starts has no file done', () => {
    const table = tableOf({});
    table.cancel(0, 7);
    expect(table.counts(0)).toMatchObject({ cancelled: 10, waiting: 0 });
    expect([table.isOpen(0), table.times(0)]).toEqual([false, { startedNs: NEVER, endedNs: 7 }]);
  });

  test('in the middle may finish the batch that runs', () => {
    const table = tableOf({});
    const batch = taken(table);
    table.cancel(0, 1);
    expect([table.counts(0).cancelled, table.isOpen(0)]).toEqual([6, true]);
    table.finish(batch, 2);
    expect(table.counts(0)).toMatchObject({ done: 4, cancelled: 6 });
    expect(table.times(0).endedNs).toBe(2);
  });

  test('does not try again what fails after that', () => {
    const table = tableOf({});
    const batch = taken(table);
    table.cancel(0, 1);
    table.fail(batch, 2);
    expect(table.counts(0)).toMatchObject({ cancelled: 10, failed: 0, waiting: 0 });
  });

  test('after its end stays as it ended', () => {
    const table = tableOf({ files: 4 });
    table.finish(taken(table), 3);
    table.cancel(0, 9);
    expect([table.counts(0).done, table.counts(0).cancelled, table.times(0).endedNs]).toEqual([4, 0, 3]);
  });
});

test('a job that cannot be run fails with a reason', () => {
  const table = tableOf({});
  table.refuse(0, 'no variant', 5);
  expect([table.counts(0).failed, table.reason(0), table.anyOpen]).toEqual([10, 'no variant', false]);
});

test('counts sum to the total after any sequence of events, and no file is done twice', () => {
  const event = fc.constantFrom('take', 'finish', 'fail', 'lose', 'cancel', 'refuse');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(event, fc.integer({ min: 0, max: 1 })), { maxLength: 60 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 3 }),
      (events, files, attemptsMax) => {
        const table = tableOf({ files, attemptsMax }, { files: 5 });
        const running: FileBatch[] = [];
        const done: number[] = [];
        for (const [what, job] of events) {
          const now = done.length;
          const batch = what === 'take' ? table.take(job, 4, now) : undefined;
          if (batch !== undefined) running.push(batch);
          const ended = ['finish', 'fail', 'lose'].includes(what) ? running.shift() : undefined;
          if (ended !== undefined && what === 'finish') done.push(...ended.files);
          if (ended !== undefined) {
            const end = { finish: 'finish', fail: 'fail', lose: 'lose' } as const;
            table[end[what as keyof typeof end]](ended, now);
          }
          if (what === 'cancel') table.cancel(job, now);
          if (what === 'refuse' && table.counts(job).running === 0) table.refuse(job, 'no', now);
          for (const each of [0, 1]) {
            const { total, waiting, running: inWork, done: ready, failed, cancelled } = table.counts(each);
            expect(waiting + inWork + ready + failed + cancelled).toBe(total);
            expect(Math.min(waiting, inWork, ready, failed, cancelled)).toBeGreaterThanOrEqual(0);
          }
        }
        expect(new Set(done).size).toBe(done.length);
        expect(table.counts(0).done + table.counts(1).done).toBe(done.length);
      },
    ),
    { seed: 20_261_120, numRuns: 300 },
  );
});
