/** The auditor's books of offline work: a finding for every file that is lost, done twice or in two places. */
import { beforeEach, describe, expect, test } from 'vitest';
import { JobTable, NEVER } from '../../core/index.ts';
import { FileBooks } from '../../sim/file-books.ts';

let jobs: JobTable;
let findings: string[];
let books: FileBooks;

beforeEach(() => {
  const plain = { architecture: 'a', variant: '', atNs: 0, cancelNs: NEVER, batch: 2, attemptsMax: 3 };
  jobs = new JobTable([
    { name: 'one', files: 4, ...plain },
    { name: 'two', files: 2, ...plain },
  ]);
  findings = [];
  books = new FileBooks(jobs, (finding) => findings.push(finding));
});

/** Takes a batch of a job for a worker, in the table and in the books. */
function start(job: number, worker: number) {
  const batch = jobs.take(job, 2, 0);
  if (batch === undefined) throw new RangeError('no file waits');
  books.started(worker, batch.files);
  return batch;
}

describe('the books of offline work', () => {
  test('find nothing where every file is where the table says', () => {
    const done = start(0, 7);
    books.finished(7);
    jobs.finish(done, 1);
    const again = start(0, 7);
    books.broken(7);
    jobs.fail(again, 2);
    start(0, 7);
    jobs.cancel(1, 3);
    books.finish();
    expect(findings).toEqual([]);
  });

  test('find a file that is counted and was not executed', () => {
    jobs.finish(start(0, 7), 1);
    books.finish();
    expect(findings).toEqual([
      'offline job one counts 2 files as done, and 0 were executed',
      'offline job one counts 0 files as running, and 2 run',
    ]);
  });

  test('find a file that was executed and is not counted', () => {
    start(1, 3);
    books.finished(3);
    books.finish();
    expect(findings).toEqual([
      'offline job two counts 0 files as done, and 2 were executed',
      'offline job two counts 2 files as running, and 0 run',
    ]);
  });

  test('find a file that is started after it was done, or while it runs elsewhere', () => {
    const { files } = start(1, 3);
    books.started(4, files);
    books.finished(4);
    books.started(5, files);
    expect(findings).toEqual([
      'file 4 runs twice at once',
      'file 5 runs twice at once',
      'file 4 was started again after it was done',
      'file 4 runs twice at once',
      'file 5 was started again after it was done',
      'file 5 runs twice at once',
    ]);
  });
});
