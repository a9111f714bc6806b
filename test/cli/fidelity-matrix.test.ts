// `rehearse fidelity matrix` from end to end: one tiny service, one load, one round of a second.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FidelityResult } from '../../core/index.ts';
import { matrixFile } from '../experiments/measure/matrix/matrix-files.ts';
import { filesIn } from './command.ts';
import { inProcess } from './in-process.ts';

const matrix = (...words: readonly string[]) => inProcess(['fidelity', 'matrix', ...words]);

const BUSY = 'the machine is too busy for a live run that can be believed';

describe('a matrix of one cell', () => {
  test('is run in both worlds with the same requests, and leaves its page, its table and its files', async ({
    skip,
  }) => {
    const file = matrixFile();
    const out = join(file, '..', 'out');
    const { status, stdout, stderr } = await matrix(file, '--out', out);
    expect(stderr).toMatch(/^0\/1 cells: tiny, profile, round 1$/m);
    expect(filesIn(out)).toEqual(['fidelity.csv', 'fidelity.html', 'fidelity.json', 'matrix.json']);
    expect(stdout).toContain(join(out, 'fidelity.html'));
    // Both written by the command.
    const result = JSON.parse(readFileSync(join(out, 'fidelity.json'), 'utf8')) as FidelityResult;
    const record = JSON.parse(readFileSync(join(out, 'matrix.json'), 'utf8')) as {
      complete: boolean;
      failures: readonly string[];
      bases: readonly { capacityRps: number }[];
      pairs: readonly { rateRps: number; loadPercent: number }[];
    };
    const late = record.failures.filter((failure) => failure.includes('nothing can be fitted to'));
    skip(late.length > 0, BUSY);
    expect(stderr).toMatch(/^0\/1 cells: tiny, poisson at 10 %, round 1$/m);
    expect(record).toMatchObject({ complete: true, failures: [], pairs: [{ loadPercent: 10 }] });
    const [{ rateRps }] = record.pairs;
    expect(rateRps).toBeCloseTo(record.bases[0].capacityRps / 10, 6);
    const [cell, ...others] = result.cells;
    expect([cell.group, cell.label, cell.loadPercent, others.length]).toEqual(['tiny', 'poisson at 10 %', 10, 0]);
    // A live run that fell behind on a busy machine is left out, and named.
    expect(cell.pairs + result.leftOut.length).toBe(1);
    // One live run of a cell is too few for a verdict.
    expect(result.notes).toContain('a cell with fewer than 5 pairs of valid runs is not judged');
    expect([status, result.summary.verdict]).toEqual([1, 'undecided']);
    skip(cell.pairs === 0, BUSY);
    // Or there would be a note that the two runs were not offered the same load.
    expect(cell.notes).toEqual([]);
    const infer = cell.comparisons.find(({ quantity }) => quantity === 'infer_mean_ms');
    expect(infer?.live.mean).toBeGreaterThan(0);
    expect(infer?.simulated.mean).toBeGreaterThan(0);
    expect(cell.answeredMin).toBeGreaterThan(10);
  }, 60_000);
});

describe('refused with 2, before anything runs, are', () => {
  test.each([
    [['--rounds', '0'], '--rounds cannot be used; found 0; expected 1, 2, 3 ...\n'],
    [['--scenario', 'huge'], '--scenario cannot be used; found huge; expected some of tiny\n'],
  ])('%j', async (words, message) => {
    const { status, stdout, stderr } = await matrix(matrixFile(), ...words);
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: message });
  });

  test('two services of one name', async () => {
    const { status, stderr } = await matrix(matrixFile({ scenarios: ['tiny.yaml', 'tiny.yaml'] }));
    expect(status).toBe(2);
    expect(stderr).toContain('two scenarios have the same name; found tiny');
  });
});
