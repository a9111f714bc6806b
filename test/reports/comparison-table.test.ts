import { describe, expect, test } from 'vitest';
import { comparisonTable } from '../../reports/comparison-table.ts';
import { experimentResult } from './fixture.ts';
import type { FixtureOptions } from './fixture.ts';

const linesOf = (options: FixtureOptions): string[] => comparisonTable(experimentResult(options)).split('\n');

const SHAPES: readonly FixtureOptions[] = [
  {},
  { policies: ['none'], replications: 1 },
  { rates: [200, 400, 600, 800], invalid: [9] },
  { policies: Array.from({ length: 12 }, (_, index) => `policy-${index}`) },
  { policies: ['a'.repeat(300), 'b\u001B[2J'.repeat(30)], rates: [1, 2] },
  { silent: true },
];

describe('the comparison table', () => {
  test('can be read', () => {
    expect(comparisonTable(experimentResult({ policies: ['none', 'aimd'], rates: [200, 800] }))).toMatchSnapshot();
  });

  test.each(SHAPES)('is at most 120 columns wide and free of control characters with %j', (options) => {
    for (const line of linesOf(options)) {
      expect(Array.from(line).length).toBeLessThanOrEqual(120);
      expect(line).not.toMatch(/\p{Cc}/u);
      expect(line).toBe(line.trimEnd());
    }
  });

  test('says over what its intervals are, and against whom its verdicts', () => {
    const [first, second] = linesOf({});
    expect(first).toBe('batching-under-load: mean ± half-width of a 95 % Student-t interval over 10 replications');
    expect(second).toBe('Verdicts against none: paired differences, 95 % intervals.');
    expect(linesOf({ policies: ['none'], replications: 1 })[0]).toBe(
      'batching-under-load: one replication, without an interval',
    );
  });

  test('has every policy once for each grid point, however wide', () => {
    const policies = Array.from({ length: 12 }, (_, index) => `policy-${index}`);
    const text = comparisonTable(experimentResult({ policies }));
    for (const policy of policies.slice(1))
      expect(text.match(new RegExp(`\\b${policy}\\b(?!:|\\.)`, 'g'))).toHaveLength(1);
    const sweep = comparisonTable(experimentResult({ rates: [200, 400, 600, 800] }));
    expect(sweep.match(/clipper-aimd/g)).toHaveLength(4);
  });

  test('marks invalid cells and gives no verdict on them or against them', () => {
    const text = comparisonTable(experimentResult({ policies: ['none', 'aimd'], invalid: [0] }));
    expect(text).toContain('none (INVALID)');
    expect(text).not.toMatch(/better|worse|inconclusive/);
  });

  test('leaves out metrics without a value and says when there is nothing at all', () => {
    expect(comparisonTable(experimentResult({ silent: true }))).not.toContain('p99');
    expect(comparisonTable({ ...experimentResult(), cells: [], comparisons: [] })).toBe('No cell was finished.');
  });

  test('stops after twelve grid points and says where the others are', () => {
    const rates = Array.from({ length: 15 }, (_, index) => 100 + index);
    expect(linesOf({ rates, bins: 1 }).at(-1)).toBe('3 more grid points are in report.html and summary.csv.');
  });
});
