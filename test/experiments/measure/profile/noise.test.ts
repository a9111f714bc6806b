import { describe, expect, test } from 'vitest';
import { noiseOf, spreadText } from '../../../../experiments/measure/profile/noise.ts';
import type { CellSummary } from '../../../../experiments/measure/profile/summarise.ts';

function cell(batch: number, blockMediansNs: readonly number[], kind: CellSummary['kind'] = 'busy'): CellSummary {
  const row = { batch, meanNs: 100 };
  const hostParts = { packNs: 1, hopNs: 2, handOutNs: 3 };
  return { kind, batch, idleNs: 0, workers: 1, samples: 10, row, hostParts, rawMedianNs: 100, blockMediansNs };
}
const named = (...cells: readonly CellSummary[]): { name: string; cell: CellSummary }[] =>
  cells.map((each) => ({ name: 'net', cell: each }));

describe('noise', () => {
  test('is how far the rounds of the middle cell lie apart, with the worst named', () => {
    const report = noiseOf(named(cell(1, [99, 100, 101]), cell(2, [96, 100, 102]), cell(4, [90, 100, 130])), undefined);
    expect(report.spreadPercent).toBeCloseTo(6, 9);
    expect(report.worst).toEqual({ spreadPercent: 40, cell: 'net batch 4' });
    expect(report.warnings).toEqual([]);
  });

  test('above its bounds is warned of, with the figure and what to do', () => {
    const { warnings } = noiseOf(named(cell(1, [90, 100, 110])), { othersPercent: 12.34, stealPercent: 3 });
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toMatch(/20\.0 % apart \(bound 10 %\): stop what else runs here/);
    expect(warnings[1]).toContain('other processes took 12.3 % of a core (bound 5 %)');
    expect(warnings[2]).toContain('gave 3.0 % of a core to other guests');
  });

  test('is unknown after one round, and never none', () => {
    const report = noiseOf(named(cell(1, [100]), cell(2, [200])), undefined);
    expect(report).toMatchObject({ spreadPercent: null, worst: null });
    expect(spreadText(report)).toBe('how far rounds lie apart is unknown: one round');
  });

  test('of batches beside other workers is their own doing', () => {
    expect(noiseOf(named(cell(1, [50, 100], 'colocated')), undefined).warnings).toEqual([]);
  });
});
