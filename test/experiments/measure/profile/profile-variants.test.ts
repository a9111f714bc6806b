import { describe, expect, test } from 'vitest';
import { profileProblems } from '../../../../backends/index.ts';
import { measureVariants, profileVariants } from '../../../../experiments/measure/profile/index.ts';
import { ProfiledWorker } from '../../../../experiments/measure/profile/profiled-worker.ts';
import { filledOptions } from '../../../../experiments/measure/profile/options.ts';
import type { SampleRecord } from '../../../../experiments/measure/profile/records.ts';
import { matMulModel } from '../../../backends/onnx/tiny-model.ts';
import { QUICK, growingModel, upToTwoModel, variantOf } from './models.ts';

const busyBatches = (records: readonly SampleRecord[]): number[] =>
  records.flatMap((record) => (record.type === 'block' && record.kind === 'busy' ? [record.batch] : []));

describe('a profile of an engine', () => {
  test('has batches, idle times, co-location, the load in parts and the reference kernel', async () => {
    const options = { ...QUICK, gapsNs: [1_000_000], workersMax: 2, rounds: 2 };
    const profile = (await profileVariants([variantOf(matMulModel(64, 64), 64)], options)).get('tiny');
    expect(profile?.rows.map(({ batch }) => batch)).toEqual([1, 2]);
    expect(profile?.rows.every(({ host, meanNs }) => meanNs > 0 && host !== undefined && host.meanNs > 0)).toBe(true);
    expect(profile?.afterIdle).toMatchObject([{ idleNs: 1_000_000, rows: [{ batch: 1 }, { batch: 2 }] }]);
    expect(profile?.colocated).toMatchObject([{ workers: 2 }]);
    expect(profile?.loadParts?.processNs).toBeGreaterThan(0);
    expect(profile?.peakMemoryBytes).toBeGreaterThan(10_000_000);
    expect(profile?.referenceNs).toBeGreaterThan(100_000);
    expect(profile?.environment).toMatchObject({ node: process.versions.node, onnxruntime: '1.30.0' });
    expect(profile === undefined ? ['none'] : profileProblems(profile)).toEqual([]);
  });

  test('takes the samples of a cell in blocks, one in each round', async () => {
    const { records, variants } = await measureVariants([variantOf(matMulModel(4, 4), 4)], { ...QUICK, rounds: 2 });
    expect(busyBatches(records)).toEqual([1, 2, 2, 1]);
    expect(variants[0].summary.cells.map(({ samples }) => samples)).toEqual([20, 20]);
    expect(records.filter(({ type }) => type === 'load')).toHaveLength(2);
  });
});

describe('what cannot be measured', () => {
  test('a batch that the model refuses ends the table before it, and says why', async () => {
    const variant = variantOf(upToTwoModel(), 1);
    const [measured] = (await measureVariants([variant], { ...QUICK, batches: [1, 2, 4, 8], rounds: 2 })).variants;
    expect(measured.profile?.rows.map(({ batch }) => batch)).toEqual([1, 2]);
    expect(measured.summary.failures).toMatchObject([{ batch: 4 }]);
    expect(measured.summary.failures[0].detail).toMatch(/out of data bounds/);
  });

  test('a batch that takes too much memory costs its engine, and ends the table before it', async () => {
    const variant = variantOf(growingModel(20_000_000), 1);
    const options = { ...QUICK, batches: [1, 8], samplesMax: 2, memoryMaxBytes: 500_000_000, gapsNs: [1_000_000] };
    const [measured] = (await measureVariants([variant], options)).variants;
    expect(measured.profile?.rows.map(({ batch }) => batch)).toEqual([1]);
    expect(measured.profile?.afterIdle?.[0].rows.map(({ batch }) => batch)).toEqual([1]);
    expect(measured.summary.failures[0].detail).toMatch(/held \d+ MB of memory, its limit is 500 MB/);
  });

  test('a variant without a single batch is an error with its file, and costs no other variant its profile', async () => {
    const gone = { ...variantOf(matMulModel(4, 4), 4), name: 'gone', sha256: 'a'.repeat(64) };
    const fine = variantOf(matMulModel(4, 4), 4);
    const { variants } = await measureVariants([gone, fine], QUICK);
    expect(variants.map(({ profile }) => profile !== undefined)).toEqual([false, true]);
    await expect(profileVariants([gone], QUICK)).rejects.toThrow(
      /tiny\.onnx: not even the smallest batch could be measured; found .*is not the model that was registered/,
    );
  });
});

describe('a process that does not start', () => {
  test('is a failure and no stack trace', async () => {
    const start = (): never => {
      throw new Error('spawn EAGAIN');
    };
    const started = await ProfiledWorker.start(start, variantOf(matMulModel(4, 4), 4), filledOptions(QUICK));
    expect(started).toMatchObject({ ok: false, kind: 'crashed', detail: 'no process could be started: spawn EAGAIN' });
  });

  test('costs its round alone when those of other rounds did start', async () => {
    const variant = variantOf(matMulModel(4, 4), 4);
    const kept: SampleRecord[] = [];
    const journal = { earlier: [], record: (record: SampleRecord) => void kept.push(record) };
    await measureVariants([variant], QUICK, journal);
    const gone = { ...variant, sha256: 'a'.repeat(64) };
    const later = { earlier: kept, record: () => undefined };
    const [measured] = (await measureVariants([gone], { ...QUICK, rounds: 2 }, later)).variants;
    expect(measured.profile?.rows.map(({ batch }) => batch)).toEqual([1, 2]);
    expect(measured.summary).toMatchObject({ failures: [], lost: [{ round: 1 }] });
  });
});

describe('a measurement that is interrupted', () => {
  test('goes on with what is left, and measures nothing twice', async () => {
    const variant = variantOf(matMulModel(4, 4), 4);
    const kept: SampleRecord[] = [];
    const interrupt = new AbortController();
    const stopped = measureVariants(
      [variant],
      { ...QUICK, rounds: 2, signal: interrupt.signal, progress: () => interrupt.abort() },
      { earlier: [], record: (record) => kept.push(record) },
    );
    await expect(stopped).rejects.toThrow('the measurement was interrupted');
    expect(busyBatches(kept)).toEqual([1]);

    const later: SampleRecord[] = [];
    const journal = { earlier: kept, record: (record: SampleRecord) => void later.push(record) };
    const { records, variants } = await measureVariants([variant], { ...QUICK, rounds: 2 }, journal);
    expect(busyBatches(later)).toEqual([2, 2, 1]);
    expect(busyBatches(records)).toEqual([1, 2, 2, 1]);
    expect(variants[0].profile?.rows.map(({ batch }) => batch)).toEqual([1, 2]);

    const nothing: SampleRecord[] = [];
    await measureVariants(
      [variant],
      { ...QUICK, rounds: 2 },
      { earlier: records, record: (r) => void nothing.push(r) },
    );
    expect(nothing).toEqual([]);
  });
});
