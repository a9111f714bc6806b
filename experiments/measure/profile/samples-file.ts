/**
 * The file that samples go into while they are measured, one block a line, so that an interrupted measurement can go on
 * where it stopped. Its first line says what is measured on what; it must be the same when it goes on.
 * Invariant: a line is there when its block is whole; of a line that was cut off nothing is read.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parse, join } from 'node:path';
import { ServingError } from '../../../core/index.ts';
import type { Journal } from './measure-cells.ts';
import type { SampleRecord } from './records.ts';
import { isPassing } from './records.ts';

/** What two sittings of one measurement must share, by name: models with digests, batches, machine, libraries. */
export type SampleSettings = Readonly<Record<string, unknown>>;

interface Head {
  readonly type: 'settings';
  readonly settings: SampleSettings;
}

const SHOWN_LENGTH = 60;

/** How many blocks an unfinished or finished measurement has left in a file; 0 where there is none. */
export function blocksIn(path: string): number {
  return readLines(path).filter((line) => line.includes('"type":"block"')).length;
}

/**
 * Renames a file that holds samples, which are hours of work, to the first free of `name.1.jsonl`, `name.2.jsonl` ...
 * @returns its new path; undefined where there was none with samples. @throws ServingError OUTPUT_UNWRITABLE.
 */
export function setAside(path: string): string | undefined {
  if (blocksIn(path) === 0) return undefined;
  const { dir, name, ext } = parse(path);
  let number = 1;
  const target = (): string => join(dir, `${name}.${number}${ext}`);
  while (existsSync(target())) number += 1;
  writing(path, () => renameSync(path, target()));
  return target();
}

/**
 * Begins the file anew, or goes on with it: but not with failures that a later sitting may not meet again.
 * @throws ServingError PROFILE_RESUME when there is nothing to go on with, or another measurement; OUTPUT_UNWRITABLE.
 */
export function samplesJournal(path: string, settings: SampleSettings, resume: boolean): Journal {
  const earlier = resume ? earlierRecords(path, settings) : [];
  // Written again as a whole: a line that was cut off would spoil the one after it.
  const lines = [{ type: 'settings', settings } satisfies Head, ...earlier].map((line) => `${JSON.stringify(line)}\n`);
  writing(path, () => writeFileSync(path, lines.join('')));
  return {
    earlier,
    record: (record) => writing(path, () => appendFileSync(path, `${JSON.stringify(record)}\n`)),
  };
}

function earlierRecords(path: string, settings: SampleSettings): readonly SampleRecord[] {
  const [first, ...lines] = readLines(path);
  const head = first === undefined ? undefined : (parsed(first) as Head | undefined);
  if (head?.type !== 'settings') {
    throw new ServingError({
      code: 'PROFILE_RESUME',
      place: path,
      message: 'there is no measurement to go on with',
      next: 'leave out --resume',
    });
  }
  const differing = Object.keys({ ...head.settings, ...settings }).filter(
    (key) => JSON.stringify(head.settings[key]) !== JSON.stringify(settings[key]),
  );
  if (differing.length > 0) {
    const [key] = differing;
    const others = differing.length > 1 ? ` (and ${differing.slice(1).join(', ')})` : '';
    throw new ServingError({
      code: 'PROFILE_RESUME',
      place: path,
      message: `the measurement cannot go on: it was begun with another ${key}${others}`,
      found: shown(head.settings[key]),
      expected: shown(settings[key]),
      next: 'repeat what it was begun with, or leave out --resume to begin anew',
    });
  }
  // The file is ours, and its first line has been checked.
  const records = lines.flatMap((line) => (parsed(line) as SampleRecord | undefined) ?? []);
  return records.filter((record) => !isPassing(record));
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Undefined for a line that was cut off. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text;
}

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new ServingError({ code: 'OUTPUT_UNWRITABLE', place: path, message: 'cannot write the samples', cause });
  }
}
