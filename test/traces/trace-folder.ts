/** A scratch folder for the traces of one test file, removed after its tests, and readers of what is in it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { readTrace } from '../../traces/index.ts';
import type { TraceOptions, TraceRow } from '../../traces/index.ts';

export interface TraceFolder {
  readonly path: string;
  /** Writes a file of lines and returns its path. */
  file(name: string, lines: readonly string[]): string;
}

export function traceFolder(): TraceFolder {
  const path = mkdtempSync(join(tmpdir(), 'rehearse-traces-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    file(name, lines) {
      const file = join(path, name);
      writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
      return file;
    },
  };
}

export async function allRows(path: string, options: TraceOptions = {}, seed?: string): Promise<TraceRow[]> {
  return collect(readTrace(path, options, seed));
}

export async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** Rows from an array, as readers give them. */
export async function* stream<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

/** Rows from an array, and then an error instead of the end. */
export async function* failingAfter<Row>(rows: readonly Row[], message: string): AsyncGenerator<Row> {
  yield* rows;
  throw new Error(message);
}

/** The message of the error that the work ends with. */
export async function messageOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'no error';
}
