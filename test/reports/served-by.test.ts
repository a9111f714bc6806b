// Who served whom: shares by application and variant, on the page and in the terminal, and how shares are written.
import { describe, expect, test } from 'vitest';
import type { ExperimentResult, ReplicationResult } from '../../core/index.ts';
import { servedByTable } from '../../reports/served-by-table.ts';
import { percentText, shareText } from '../../reports/shares.ts';
import { renderHtml } from '../../reports/html.ts';
import { experimentResult, interval } from './fixture.ts';

type Served = ReplicationResult['servedBy'];

/** A result in which the replications of each cell were served as given by the number of the cell. */
const resultOf = (
  servedIn: (cell: number) => Served,
  policies: readonly string[] = ['a', 'b'],
  rates: readonly number[] = [],
): ExperimentResult => {
  const result = experimentResult({ policies, rates, replications: 2, bins: 2 });
  return {
    ...result,
    cells: result.cells.map((each) => ({
      ...each,
      replications: each.replications.map((run) => ({ ...run, servedBy: servedIn(each.cell) })),
    })),
  };
};

const TWO: readonly Served[] = [
  [
    { application: 'shop', variant: 'cpu', requests: 1 },
    { application: 'shop', variant: 'gpu', requests: 3 },
    { application: 'search', variant: 'gpu', requests: 1000 },
  ],
  [{ application: 'shop', variant: 'gpu', requests: 4 }],
];
const MANY: Served = Array.from({ length: 70 }, (_, index) => ({
  application: 'shop',
  variant: `variant-${index}`,
  requests: 100 - index,
}));

/** The section of the page, with plain blanks. */
const sectionOf = (result: ExperimentResult): string => {
  const page = renderHtml(result, []).replaceAll('\u00A0', ' ');
  const from = page.indexOf('<section id="served-by"');
  return from < 0 ? '' : page.slice(from, page.indexOf('</section>', from));
};

describe('the terminal table', () => {
  test('has a row for each variant that answered an application, most answers first, and a column for each policy', () => {
    expect(servedByTable(resultOf((cell) => TWO[cell])).split('\n')).toEqual([
      'Who served whom: share of the answered requests',
      '',
      '                         a      b',
      '─────────────────────────────────',
      'all requests: gpu  99.90 %  100 %',
      'all requests: cpu   0.10 %    0 %',
      'shop: gpu          75.00 %  100 %',
      'shop: cpu          25.00 %    0 %',
      'search: gpu          100 %      –',
    ]);
  });

  test('is empty where one variant answered everything, and where nothing was answered', () => {
    expect(servedByTable(resultOf(() => TWO[1]))).toBe('');
    expect(servedByTable(resultOf(() => []))).toBe('');
  });

  test('is told grid point by grid point, at most 120 columns wide, and stops after sixty rows', () => {
    const policies = Array.from({ length: 9 }, (_, index) => `${index} ${'long'.repeat(20)}\u001B[2J`);
    const lines = servedByTable(resultOf(() => MANY, policies, [4, 8])).split('\n');
    for (const line of lines) {
      expect(Array.from(line).length).toBeLessThanOrEqual(120);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
    expect(lines).toContain('rate = 4');
    expect(lines).not.toContain('rate = 8');
    expect(lines.at(-1)).toBe('80 more rows are in report.html.');
  });
});

describe('the section', () => {
  test('has shares and counts of all replications, under each policy', () => {
    const text = sectionOf(resultOf((cell) => TWO[cell]));
    for (const part of ['75.00 % <span class="pm">6</span>', '100 % <span class="pm">2,000</span>', 'all requests'])
      expect(text).toContain(part);
    expect(text.match(/>shop<\/th>\s*<td>gpu<\/td>/g)).toHaveLength(1);
    expect(text).toContain('<span class="muted">–</span>');
    expect(text).not.toContain('<details>');
  });

  test('is folded when it is long', () => {
    const text = sectionOf(resultOf(() => MANY));
    expect(text).toContain('<summary>Who served whom (70 rows)</summary>');
    expect(text.match(/<details>/g)).toHaveLength(1);
  });

  test('has a table for each grid point', () => {
    const text = sectionOf(resultOf((cell) => TWO[cell % 2], ['a', 'b'], [4, 8]));
    expect(text).toContain('<h3>rate = 4</h3>');
    expect(text).toContain('<h3>rate = 8</h3>');
  });

  test('stops after two thousand rows and says so', () => {
    const text = sectionOf(
      resultOf(
        () => MANY,
        ['a'],
        Array.from({ length: 30 }, (_, index) => index),
      ),
    );
    expect(text.match(/<td>variant-/g)).toHaveLength(2000);
    expect(text).toContain('has the rows that are not here');
    expect(sectionOf(resultOf(() => MANY))).not.toContain('not here');
  });

  test('is not there where one variant answered everything', () => {
    expect(sectionOf(resultOf(() => TWO[1]))).toBe('');
  });

  test('escapes what a config or a trace says', () => {
    const hostile = '"><img src=x onerror=alert(1)>';
    const served = ['a', 'b'].map((variant) => ({ application: hostile, variant: variant + hostile, requests: 1 }));
    expect(sectionOf(resultOf(() => served, [hostile], [4]))).not.toContain('<img');
  });
});

describe('a share', () => {
  test.each([
    [null, '–'],
    [0, '0 %'],
    [100, '100 %'],
    [99.999, '>99.99 %'],
    [99.994, '99.99 %'],
    [1e-6, '<0.01 %'],
    [62.5, '62.50 %'],
  ])('of %s is written %s: all means every one, and 0 none', (percent, text) => {
    expect(percentText(percent)).toBe(text);
  });

  test('has an interval that ends where shares end', () => {
    expect(shareText(interval([94, 98]))).toEqual({ mean: '96 %', range: '[70, 100]' });
    expect(shareText(interval([100, 100]))).toEqual({ mean: '100 %', range: '' });
    expect(shareText(interval([null]))).toEqual({ mean: '–', range: '' });
  });
});
