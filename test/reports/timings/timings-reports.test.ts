import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { compile } from 'vega-lite';
import { afterAll, describe, expect, test } from 'vitest';
import { TIMINGS_PARTS } from '../../../core/index.ts';
import type { TimingsResult } from '../../../core/index.ts';
import { compareTimings } from '../../../experiments/measure/timings/index.ts';
import { comparisonPage } from '../../../reports/timings/comparison-page.ts';
import { histograms } from '../../../reports/timings/histograms.ts';
import {
  readTimings,
  timingsComparisonTable,
  timingsRemarks,
  timingsTable,
  writeTimings,
  writeTimingsComparison,
} from '../../../reports/timings/index.ts';
import { comparisonCsv, samplesCsv, summaryCsv } from '../../../reports/timings/timings-csv.ts';
import { timingsPage } from '../../../reports/timings/timings-page.ts';
import { estimateText, ratioText } from '../../../reports/timings/words.ts';
import { timingsResult } from './timings-fixture.ts';

const root = mkdtempSync(join(tmpdir(), 'rehearse-timings-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const RESULT = timingsResult();
const HOSTILE = '</style><script>alert(1)</script>\u202E';
const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true });
const compared = (a: TimingsResult, b: TimingsResult) =>
  compareTimings({ folder: 'a', result: a }, { folder: 'b', result: b });

describe('the tables', () => {
  test('timings.csv has a row for every process or request and part', () => {
    const rows = rowsOf(samplesCsv(RESULT));
    expect(rows).toHaveLength(20 * TIMINGS_PARTS.init.length + 80 * TIMINGS_PARTS.handle.length);
    expect(rows[0]).toEqual({
      cell: '0',
      model: 'net',
      precision: 'fp32',
      hardware: 'cpu',
      threads: '1',
      phase: 'init',
      unit: '0',
      sample: '0',
      batch: '0',
      batch_inputs: '1',
      part: 'start',
      sample_of: 'process',
      time_ms: String(RESULT.cells[0].init?.samples.partsMs['start'][0]),
    });
  });

  test('summary.csv leaves a percentile empty that the sample is too small for', () => {
    const rows = rowsOf(summaryCsv(RESULT)).filter(({ part }) => part === 'infer');
    expect(rows.map(({ statistic }) => statistic)).toEqual(['mean', 'min', 'p50', 'p90', 'max']);
    expect(rows[3]).toMatchObject({ time_ms: '', samples: '20', samples_needed: '64', valid: 'true' });
  });

  test('the terminal has medians with intervals, problems and notes', () => {
    const text = timingsTable(RESULT);
    expect(text).toMatch(/^made-up: median ms \[95 % interval\]/);
    expect(text).toMatch(/^create session +1\d\.\d+ \[1\d\.\d+, 1\d\.\d+\]$/m);
    expect(text).toMatch(/^latency p90 +/m);
    const problem = { code: 'X', message: 'it is wrong', advice: 'mend it' };
    const invalid = { ...RESULT, verdict: { valid: false, problems: [problem], notes: ['take care'] } };
    expect(timingsRemarks(invalid).split('\n')).toEqual([
      "Invalid; the machine's own spread was 5 % (limit 30 %).",
      'problem: it is wrong; mend it',
      'note: take care',
    ]);
  });

  test('numbers have the digits that their interval bears', () => {
    expect(estimateText({ valueMs: 12.3456, lowMs: 11.21, highMs: 13.49 })).toBe('12.3 [11.2, 13.5]');
    expect(estimateText({ valueMs: 12.3456, lowMs: null, highMs: null })).toBe('12.35');
    expect(ratioText({ ratio: 1.04999, low: 0.9812, high: 1.1204 })).toBe('1.050 [0.981, 1.121]');
    expect(ratioText({ ratio: Number.NaN, low: null, high: null })).toBe('–');
  });
});

describe('the figures', () => {
  test('are one for each part, and the bars of each panel add up to all samples', () => {
    const figures = [...histograms(RESULT, 'init'), ...histograms(RESULT, 'handle')];
    expect(new Set(figures.map(({ id }) => id)).size).toBe(figures.length);
    for (const { spec } of figures) {
      expect(() => compile(spec)).not.toThrow();
      // The specifications are ours: their data is a list of bars.
      const { values } = spec.data as { values: { panel: string; from: number; to: number; share: number }[] };
      expect(values.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(100, 6);
      for (const { from, to } of values) expect(to).toBeGreaterThan(from);
    }
  });

  test('of equal times and of times of zero can be drawn', () => {
    const [cell] = RESULT.cells;
    for (const constant of [0, 3]) {
      const init = cell.init && {
        ...cell.init,
        samples: {
          ...cell.init.samples,
          partsMs: Object.fromEntries(
            TIMINGS_PARTS.init.map(({ name }) => [name, new Array<number>(20).fill(constant)]),
          ),
        },
      };
      for (const { spec } of histograms({ cells: [{ ...cell, init }] }, 'init')) {
        const { values } = spec.data as { values: { share: number }[] }; // Ours, as above.
        expect(values.map(({ share }) => share)).toEqual([100]);
      }
    }
  });

  test('a phase that was not measured has none', () => {
    expect(histograms({ cells: RESULT.cells.map((cell) => ({ ...cell, init: null })) }, 'init')).toEqual([]);
  });
});

describe('the page', () => {
  test('holds every part, says what is untrained and synthetic, and loads nothing', () => {
    const page = timingsPage(RESULT, { init: [], handle: [] });
    for (const { label } of [...TIMINGS_PARTS.init, ...TIMINGS_PARTS.handle]) expect(page).toContain(label);
    expect(page).toContain('zoo (untrained)');
    expect(page).toContain('synthetic JPEGs');
    expect(page).not.toMatch(/<script|https?:|@import/);
  });

  test('nothing out of a result becomes markup', () => {
    const hostile: TimingsResult = {
      ...RESULT,
      name: HOSTILE,
      question: HOSTILE,
      config: { [HOSTILE]: HOSTILE },
      command: HOSTILE,
      verdict: { valid: false, problems: [{ code: HOSTILE, message: HOSTILE, advice: HOSTILE }], notes: [HOSTILE] },
      subjects: RESULT.subjects.map((subject) => ({ ...subject, name: HOSTILE, images: HOSTILE })),
      cells: RESULT.cells.map((cell) => ({ ...cell, label: HOSTILE, subject: HOSTILE })),
    };
    for (const page of [timingsPage(hostile, { init: [], handle: [] }), comparisonPage(compared(hostile, hostile))]) {
      expect(page).not.toContain('<script');
      expect(page).not.toContain('\u202E');
    }
  });

  test('an interrupted run without a sample still makes a page that says so', () => {
    const verdict = {
      valid: false,
      problems: [{ code: 'TIMINGS_INTERRUPTED', message: 'the run was interrupted', advice: 'again' }],
      notes: [],
    };
    const page = timingsPage({ ...RESULT, complete: false, verdict, cells: [], micro: [] }, { init: [], handle: [] });
    expect(page).toContain('Interrupted');
    expect(page).toContain('TIMINGS_INTERRUPTED');
  });
});

describe('the folder', () => {
  test('has four whole files, and what was written can be read again', async () => {
    const folder = join(root, 'whole');
    expect(await writeTimings(folder, RESULT)).toBe(join(folder, 'timings.html'));
    expect(readdirSync(folder).toSorted()).toEqual(['summary.csv', 'timings.csv', 'timings.html', 'timings.json']);
    expect(await readTimings(folder)).toEqual(RESULT);
  });

  test.each([
    ['{"kind":"timi', 'the timing ends in the middle'],
    ['{"version":1,"cells":[]}', 'the timing is damaged at kind'],
    ['{"some":"thing"}', 'this is not a timing of Rehearse'],
    [JSON.stringify({ ...RESULT, version: 99 }), 'this timing was written by a newer Rehearse'],
  ])('with %.20s is refused', async (text, message) => {
    const folder = mkdtempSync(join(root, 'bad-'));
    writeFileSync(join(folder, 'timings.json'), text);
    await expect(readTimings(folder)).rejects.toThrow(message);
  });

  test('without timings, or with columns of different lengths, is refused', async () => {
    await expect(readTimings(join(root, 'nothing'))).rejects.toThrow('there is no timing here');
    const folder = mkdtempSync(join(root, 'short-'));
    const text = JSON.stringify(RESULT).replace('"batchInputs":[1,', '"batchInputs":[');
    writeFileSync(join(folder, 'timings.json'), text);
    await expect(readTimings(folder)).rejects.toThrow(
      'damaged at cells.0.init.samples; found columns of different lengths',
    );
  });
});

describe('a comparison', () => {
  const comparison = compared(RESULT, timingsResult({ factor: 2, kernelMs: 1.4 }));

  test('is written as table, page and CSV', async () => {
    const folder = join(root, 'compared');
    await writeTimingsComparison(folder, comparison);
    expect(readdirSync(folder).toSorted()).toEqual(['comparison.csv', 'comparison.html', 'comparison.json']);
    expect(readFileSync(join(folder, 'comparison.html'), 'utf8')).toContain('slower');
    const row = rowsOf(comparisonCsv(comparison)).find(({ part }) => part === 'create');
    expect(row).toMatchObject({ phase: 'init', verdict: 'slower', samples_a: '20' });
    expect(Number(row?.['low'])).toBeGreaterThan(1);
  });

  test('on the terminal has a line for each part and its notes', () => {
    const text = timingsComparisonTable(comparison);
    expect(text).toMatch(/^init create session +1\d\.\d+ +2\d\.\d+ +(?:1\.9|2\.0)\d+ \[.*\] +slower$/m);
    expect(text).toContain('note: the machine itself was 40 % slower in B');
  });
});
