/**
 * Sorts rows by time in bounded memory, stable for equal times: runs that fit in memory are sorted and written to a
 * temporary folder, then merged. The folder is removed at the end, also when the reading is left early.
 */
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from './partial-file.ts';
import type { TraceRow } from './readers/trace-row.ts';
import { textLines } from './readers/text-lines.ts';
import { TimeHeap } from './time-heap.ts';

/** Rows held in memory: about 50 MB. At this length 200 million rows need fewer than 1,000 open files. */
const RUN_ROWS_DEFAULT = 250_000;
const ROWS_PER_WRITE = 4096;

/** @param runRows rows held in memory; only tests need another value. */
export async function* sortRows(
  rows: AsyncIterable<TraceRow>,
  runRows: number = RUN_ROWS_DEFAULT,
): AsyncGenerator<TraceRow> {
  let directory: string | null = null;
  const runs: string[] = [];
  try {
    let run: TraceRow[] = [];
    for await (const row of rows) {
      run.push(row);
      if (run.length < runRows) continue;
      directory ??= await mkdtemp(join(tmpdir(), 'rehearse-sort-'));
      runs.push(await writeRun(join(directory, `${runs.length}.jsonl`), run));
      run = [];
    }
    run.sort(byTime);
    yield* merged([...runs.map(readRun), inMemory(run)]);
  } finally {
    if (directory !== null) await rm(directory, { recursive: true, force: true });
  }
}

// Array sorting is stable, which keeps rows of equal times in the order of the file.
function byTime(left: TraceRow, right: TraceRow): number {
  return left.atNs - right.atNs;
}

async function writeRun(path: string, run: TraceRow[]): Promise<string> {
  run.sort(byTime);
  await writeWhole(path, async (partial) => {
    for (let start = 0; start < run.length; start += ROWS_PER_WRITE) {
      const lines = run.slice(start, start + ROWS_PER_WRITE).map((row) => `${JSON.stringify(row)}\n`);
      await appendFile(partial, lines.join(''));
    }
  });
  return path;
}

async function* readRun(path: string): AsyncGenerator<TraceRow> {
  // The lines are our own: `writeRun` wrote them.
  for await (const { text } of textLines(path)) yield JSON.parse(text) as TraceRow;
}

async function* inMemory(run: readonly TraceRow[]): AsyncGenerator<TraceRow> {
  yield* run;
}

/** Runs are numbered in the order of the file, and the heap gives the smaller number first: the merge is stable. */
async function* merged(runs: readonly AsyncGenerator<TraceRow>[]): AsyncGenerator<TraceRow> {
  const heap = new TimeHeap();
  const heads: TraceRow[] = [];
  for (const [index, run] of runs.entries()) {
    const { value, done } = await run.next();
    if (done === true) continue;
    heads[index] = value;
    heap.push(value.atNs, index);
  }
  while (heap.size > 0) {
    const index = heap.id;
    yield heads[index];
    const { value, done } = await runs[index].next();
    if (done === true) {
      heap.pop();
    } else {
      heads[index] = value;
      heap.replace(value.atNs);
    }
  }
}
