import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BlockRecord, SampleRecord } from '../../../../experiments/measure/profile/records.ts';
import { blocksIn, samplesJournal, setAside } from '../../../../experiments/measure/profile/samples-file.ts';
import { scratch } from './models.ts';

const SETTINGS = { models: [['net', 'a'.repeat(64)]], threads: [1], onnxruntime: '1.30.0' };
const RECORD: BlockRecord = {
  type: 'block',
  kind: 'busy',
  round: 0,
  target: 0,
  batch: 1,
  idleNs: 0,
  workers: 1,
  kernelNs: 1000,
  inferNs: [5],
  hostNs: [6],
  packNs: [1],
  handOutNs: [2],
};

function begun(): string {
  const path = join(scratch(), 'samples.jsonl');
  samplesJournal(path, SETTINGS, false).record(RECORD);
  return path;
}

describe('samples that are kept', () => {
  test('are there when a measurement goes on', () => {
    const path = begun();
    expect(blocksIn(path)).toBe(1);
    expect(samplesJournal(path, SETTINGS, true).earlier).toEqual([RECORD]);
  });

  test('lose a line that was cut off, and take whole ones after it', () => {
    const path = begun();
    appendFileSync(path, JSON.stringify(RECORD).slice(0, 40));
    const { earlier, record } = samplesJournal(path, SETTINGS, true);
    expect(earlier).toEqual([RECORD]);
    record({ ...RECORD, round: 1 });
    expect(samplesJournal(path, SETTINGS, true).earlier).toHaveLength(2);
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(4);
  });

  test('are begun anew when nobody asks to go on', () => {
    const path = begun();
    expect(samplesJournal(path, SETTINGS, false).earlier).toEqual([]);
    expect(blocksIn(path)).toBe(0);
  });

  test.each([
    ['models', { models: [['net', 'b'.repeat(64)]] }],
    ['threads', { threads: [2] }],
    ['onnxruntime', { onnxruntime: '1.31.0' }],
  ])('are not gone on with under other %s', (key, change) => {
    const path = begun();
    const going = (): unknown => samplesJournal(path, { ...SETTINGS, ...change }, true);
    expect(going).toThrow(new RegExp(`${path}.*begun with another ${key}; found .*; expected .*leave out --resume`));
    expect(blocksIn(path)).toBe(1);
  });

  test('keep what the model refused, and not what may pass', () => {
    const path = begun();
    const { record } = samplesJournal(path, SETTINGS, true);
    const cell = { kind: 'busy', batch: 4, idleNs: 0, workers: 1 } as const;
    const refused: SampleRecord = { type: 'failure', target: 0, ...cell, cause: 'refused', detail: 'no such shape' };
    for (const cause of ['timeout', 'memory', 'crashed', 'killed'] as const) record({ ...refused, cause });
    record({ type: 'lost', round: 1, target: 0, detail: 'no process' });
    record(refused);
    expect(samplesJournal(path, SETTINGS, true).earlier).toEqual([RECORD, refused]);
  });

  test('are set aside under the first free name, and only where there are some', () => {
    const path = begun();
    expect(setAside(path)).toBe(path.replace('.jsonl', '.1.jsonl'));
    expect(setAside(path)).toBeUndefined();
    samplesJournal(path, SETTINGS, false).record(RECORD);
    const second = setAside(path) ?? '';
    expect(second).toBe(path.replace('.jsonl', '.2.jsonl'));
    expect(blocksIn(second)).toBe(1);
  });

  test('must be there to go on with', () => {
    const path = join(scratch({ 'other.jsonl': 'no samples\n' }), 'other.jsonl');
    expect(() => samplesJournal(path, SETTINGS, true)).toThrow('there is no measurement to go on with');
    expect(() => samplesJournal(`${path}.none`, SETTINGS, true)).toThrow('leave out --resume');
  });
});
