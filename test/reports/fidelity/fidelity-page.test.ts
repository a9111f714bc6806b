// The page and the table of a comparison: what they say, what they leave out, and that nothing in them is trusted.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, test } from 'vitest';
import type { FidelityResult } from '../../../core/index.ts';
import { fidelitySentence, writeFidelity } from '../../../reports/index.ts';
import { cellWith, compared, late } from '../../experiments/measure/fidelity/pairs.ts';
import { matrixOf } from './matrix.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-fidelity-'));
  folders.push(folder);
  writeFileSync(join(folder, 'fidelity.json'), text);
  return folder;
}

async function written(result: FidelityResult): Promise<{ page: string; rows: Record<string, string>[] }> {
  const path = await writeFidelity(folderOf(JSON.stringify(result)));
  const csv = readFileSync(path.replace(/html$/, 'csv'), 'utf8');
  // A header makes records of the rows.
  return { page: readFileSync(path, 'utf8'), rows: parse<Record<string, string>>(csv, { columns: true }) };
}

describe('the page', () => {
  test('says the verdict first, then what misses with where its time is spent', async () => {
    const { page } = await written(matrixOf(['steady', 'bursty'], [undefined], [1, 1.2]));
    expect(page).toContain('<span class="status">Bar missed</span>');
    expect(page).toContain('p50 latency of bursty, +20.0\u00A0% where 9\u00A0% is allowed (mean execution 0.0 %');
    expect(page.indexOf('Bar missed')).toBeLessThan(page.indexOf('Side by side'));
  });

  test('has an overview of a matrix, whose every colour stands beside a word', async () => {
    const { page } = await written(matrixOf(['steady', 'bursty'], [30, 90], [1, 1.2]));
    const slots = [...page.matchAll(/<td class="heat ([^"]*)">(.*?)<\/td>/gs)];
    expect(slots).toHaveLength(12);
    const words = { within: 'within', misses: 'misses', noise: 'noise', muted: /no bar|not judged/ } as const;
    for (const [, classes, content] of slots) {
      // The first class is one of those that verdicts have.
      expect(content).toMatch(words[classes.trim().split(/\s+/)[0] as keyof typeof words]);
    }
  });

  test('has no overview where loads are not known', async () => {
    const { page } = await written(matrixOf(['steady', 'bursty'], [undefined]));
    expect(page).not.toContain('id="overview"');
  });

  test('draws both worlds over each other, and tells what never changed instead of drawing it', async () => {
    const { page } = await written(matrixOf(['steady'], [60]));
    for (const id of ['latency', 'attainment', 'p99', 'throughput', 'queue', 'workers']) {
      expect(page).toContain(`<figure id="figure-group-1-${id}">`);
    }
    const flat = matrixOf(['steady'], [60]);
    const still = (column: readonly unknown[]) => column.map(() => 1);
    const cells = flat.cells.map((cell) => ({
      ...cell,
      series: cell.series && {
        simulated: { ...cell.series.simulated, workersReady: still(cell.series.simulated.workersReady) },
        live: { ...cell.series.live, workersReady: still(cell.series.live.workersReady) },
      },
    }));
    const { page: without } = await written({ ...flat, cells });
    expect(without).not.toContain('figure-group-1-workers');
    expect(without).toContain('Not drawn, since it never changed: workers over time.');
  });

  test('names the runs that were left out, and what is excluded', async () => {
    const cell = cellWith('attainment_percent', { simulated: [97, 98], live: [97, 98] });
    const { page } = await written(compared([{ ...cell, live: [cell.live[0], late(cell.live[1])] }]));
    expect(page).toContain('RUN_GENERATOR_LATE');
    expect(page).toMatch(/<th scope="row">unload times<\/th>\s*<td>live only<\/td>/);
  });

  test('loads nothing, runs nothing, and escapes names', async () => {
    const { page } = await written(matrixOf(['<script>alert(1)</script>'], [60]));
    expect(page).not.toContain('<script');
    expect(page).toContain('default-src &#39;none&#39;');
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/);
  });

  test('of a matrix of 48 cells stays small', async () => {
    const groups = Array.from({ length: 12 }, (_, index) => `scenario ${index + 1}`);
    const { page } = await written(matrixOf(groups, [30, 60, 80, 90], [1, 1.05, 1.2]));
    expect(page.length).toBeLessThan(6e6);
  }, 60_000);

  test('of nothing compared says so', async () => {
    const { page } = await written(compared([]));
    expect(page).toContain('Nothing was compared.');
  });
});

test('the table has a row for each cell and quantity, numbers in full', async () => {
  const { rows } = await written(compared([cellWith('latency_p99_ms', { simulated: [12, 10], live: [10, 10] })]));
  expect(rows).toHaveLength(10);
  expect(rows.find(({ quantity }) => quantity === 'latency_p99_ms')).toMatchObject({
    cell: 'a cell',
    simulated: '11',
    live: '10',
    difference: '10',
    difference_unit: '%',
    limit: '9',
    verdict: 'misses',
    live_samples: '2',
  });
});

describe('the sentence', () => {
  const whole = { latency_p50_ms: [10], latency_p99_ms: [10] };
  test('tells how many cells are within by the noise of the live runs alone', () => {
    const live = [9, 11, 10, 9, 11];
    const found = compared([cellWith('latency_p50_ms', { simulated: live.map(() => 11.1), live })]);
    expect(fidelitySentence(found)).toContain(
      'p50 latency is within 9 % in 1 of 1 judged cell (1 of them by the noise of the live runs).',
    );
  });

  test('tells what could not be judged', () => {
    const found = compared([cellWith('latency_p50_ms', { simulated: whole.latency_p50_ms, live: [10] })]);
    expect(fidelitySentence(found)).toBe(
      'The bar is neither met nor missed: something that it speaks of could not be judged. SLA attainment: 1 cell could not be judged. p50 latency is within 9 % in 1 of 1 judged cell. p99 latency: 1 cell could not be judged.',
    );
  });
});

describe('a fidelity.json is refused that is', () => {
  const refusal = async (text: string): Promise<string> =>
    writeFidelity(folderOf(text)).then(
      () => 'written',
      // Whatever is thrown has a message.
      (error: unknown) => (error as Error).message.replace(/^.*fidelity\.json: /, ''),
    );

  test.each([
    ['{"version": 1, "cells": [', 'the comparison ends in the middle'],
    ['{"version": 7, "cells": []}', 'this comparison was written by a newer Rehearse; found comparisons version 7'],
    ['{"version": 1, "cells": []}', 'the comparison is damaged at name'],
    ['[]', 'this is not a comparison of Rehearse'],
  ])('%s', async (text, message) => {
    expect(await refusal(text)).toContain(message);
  });
});
