import fc from 'fast-check';
import { compile } from 'vega-lite';
import { describe, expect, test } from 'vitest';
import type { ExperimentResult, MetricName, ReplicationResult } from '../../core/index.ts';
import { FIGURE_IDS, figuresOf } from '../../reports/figures/all-figures.ts';
import { attainment } from '../../reports/figures/attainment.ts';
import { batchSizes, sharesOf } from '../../reports/figures/batch-sizes.ts';
import { costAttainment } from '../../reports/figures/cost-attainment.ts';
import { drawnCells } from '../../reports/figures/drawn-cells.ts';
import { latencyCdf, meanCdf } from '../../reports/figures/latency-cdf.ts';
import { latencyOverTime } from '../../reports/figures/latency-over-time.ts';
import { logAxisOf } from '../../reports/figures/log-axis.ts';
import { seriesStyles } from '../../reports/figures/panels.ts';
import { accuracyOverTime, attainmentOverTime } from '../../reports/figures/quality-over-time.ts';
import { queueOverTime } from '../../reports/figures/queue-over-time.ts';
import { throughputOverTime } from '../../reports/figures/throughput-over-time.ts';
import { workersOverTime } from '../../reports/figures/workers-over-time.ts';
import { experimentResult } from './fixture.ts';

const SHAPES = [
  { policies: ['none'], replications: 1 },
  { scaling: true },
  { rates: [200, 400, 600, 800], invalid: [9] },
  { policies: Array.from({ length: 12 }, (_, index) => `p${index}`), rates: [] },
  { policies: ['only'], rates: [1, 10, 100, 1000] },
  { rates: Array.from({ length: 30 }, (_, index) => 50 + 10 * index), replications: 1, bins: 4 },
];

const withRuns = (result: ExperimentResult, change: (run: ReplicationResult) => Partial<ReplicationResult>) => ({
  ...result,
  cells: result.cells.map((cell) => ({
    ...cell,
    replications: cell.replications.map((run) => ({ ...run, ...change(run) })),
  })),
});

const withoutMetric = (result: ExperimentResult, name: MetricName): ExperimentResult => ({
  ...result,
  cells: result.cells.map((cell) => ({
    ...cell,
    metrics: { ...cell.metrics, [name]: { ...cell.metrics[name], mean: null, halfWidth: null, low: null, high: null } },
  })),
});

const emptySeries = (result: ExperimentResult): ExperimentResult =>
  withRuns(result, ({ series }) => ({
    series: {
      ...series,
      ...Object.fromEntries(
        Object.entries(series).flatMap(([name, column]) => (Array.isArray(column) ? [[name, []]] : [])),
      ),
    },
  }));

describe('figures', () => {
  test.each(SHAPES)('Vega-Lite has nothing to warn about in %j', (options) => {
    const warnings: unknown[] = [];
    const log = (...message: readonly unknown[]) => warnings.push(message);
    const logger = { level: () => logger, error: log, warn: log, info: () => logger, debug: () => logger };
    // Vega's logger returns itself from every method; pushing to a list is all this one is asked to do.
    for (const { spec } of figuresOf(experimentResult(options))) compile(spec, { logger: logger as never });
    expect(warnings).toEqual([]);
  });

  test.each(SHAPES)('ids are known and unique, captions are sentences without holes in %j', (options) => {
    const figures = figuresOf(experimentResult(options));
    const ids = figures.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, title, caption } of figures) {
      expect(FIGURE_IDS).toContain(id);
      expect(title).toMatch(/^\p{Lu}/u);
      expect(caption).toMatch(/\.$/);
      expect(caption).not.toMatch(/undefined|NaN|null|Infinity|\s\s|\.\./);
    }
  });

  test('every figure is left out when its data is missing', () => {
    const result = experimentResult();
    const none: ExperimentResult = { ...result, cells: [] };
    for (const figure of [attainment, batchSizes, costAttainment, latencyCdf]) expect(figure(none)).toBeNull();
    expect(figuresOf(none)).toEqual([]);
    expect(attainment(withoutMetric(result, 'attainment_percent'))).toBeNull();
    expect(costAttainment(withoutMetric(result, 'cost_usd'))).toBeNull();
    expect(latencyCdf(withRuns(result, () => ({ cdf: { latencyMs: [], share: [] } })))).toBeNull();
    expect(batchSizes(withRuns(result, () => ({ batches: { inputs: [4], count: [0] } })))).toBeNull();
    for (const figure of [
      latencyOverTime,
      throughputOverTime,
      queueOverTime,
      workersOverTime,
      attainmentOverTime,
      accuracyOverTime,
    ]) {
      expect(figure(emptySeries(result))).toBeNull();
    }
    expect(latencyOverTime(experimentResult({ silent: true }))).toBeNull();
  });

  test('one cell has no trade-off and no comparison to draw', () => {
    const ids = figuresOf(experimentResult({ policies: ['none'] })).map(({ id }) => id);
    expect(ids).not.toContain('cost-attainment');
    expect(ids).not.toContain('attainment');
  });

  test('nothing is drawn of cells beyond the limit, and the caption says so', () => {
    const rates = Array.from({ length: 30 }, (_, index) => 50 + index);
    const result = experimentResult({ rates, replications: 1, bins: 2 });
    const figure = queueOverTime(result);
    expect(figure?.caption).toMatch(/Drawn are 12 of 90 cells, spread over the grid\.$/);
    const drawn = new Set([...JSON.stringify(figure?.spec).matchAll(/rate = (\d+)/g)].map(([, rate]) => rate));
    expect([...drawn]).toEqual(['50', '60', '69', '79']);
  });
});

describe('the drawn cells', () => {
  const policies = Array.from({ length: 5 }, (_, index) => `p${index}`);
  const { cells } = experimentResult({ policies, rates: [1, 2, 3], replications: 1, bins: 1 });

  test.each([
    [15, [1, 2, 3]],
    [10, [1, 3]],
    [9, [3]],
  ])('at most %i are whole grid points, the last among them', (maximum, rates) => {
    const drawn = drawnCells(cells, maximum);
    expect(drawn.cells.length).toBe(5 * rates.length);
    expect([...new Set(drawn.cells.map(({ parameters }) => parameters['rate']))]).toEqual(rates);
  });

  test('a grid point that does not fit is cut', () => {
    expect(drawnCells(cells, 3).cells).toEqual(cells.slice(0, 3));
    expect(drawnCells(cells, 3).note).toBe('Drawn are the first 3 of 15 cells.');
  });
});

describe('series', () => {
  test('of which there are up to 36 all look different, by colour and dash as by colour and shape', () => {
    const { colour, dash, shape } = seriesStyles(Array.from({ length: 36 }, (_, index) => `p${index}`));
    expect(new Set(colour.range.map((each, index) => `${each} ${dash.range[index].join(' ')}`)).size).toBe(36);
    expect(new Set(colour.range.map((each, index) => `${each} ${shape.range[index]}`)).size).toBe(36);
  });
});

describe('quality over time', () => {
  test('is the attainment of every cell, and the accuracy of those where it changes', () => {
    const steady = experimentResult();
    expect(attainmentOverTime(steady)?.caption).toMatch(/^Attainment is lowest under \S+: \d+(\.\d+)? % at /);
    expect(accuracyOverTime(steady)).toBeNull();
    const result = experimentResult({ scaling: true });
    expect(accuracyOverTime(result)?.caption).toMatch(/^The accuracy is lowest under none: 71\.2 % at /);
  });

  test('is told of one that is always kept', () => {
    const kept = withRuns(experimentResult(), ({ series }) => ({
      series: { ...series, attainmentPercent: series.attainmentPercent.map(() => 100) },
    }));
    expect(attainmentOverTime(kept)?.caption).toMatch(/^Every request was served within its objective, at all times\./);
  });
});

describe('captions', () => {
  test('of attainment are of violations where those are compared instead', () => {
    const figure = attainment({ ...experimentResult(), compared: ['cost_usd', 'violations_percent'] });
    expect(figure).toMatchObject({ id: 'attainment', title: expect.stringMatching(/^SLO violations/) as string });
    expect(figure?.caption).toContain('violates');
    expect(JSON.stringify(figure?.spec)).not.toContain('SLA attainment');
  });

  test('where nothing was compared tell the best and the worst cell of the grid', () => {
    const caption = attainment({ ...experimentResult({ rates: [300, 700] }), comparisons: [] })?.caption;
    expect(caption).toMatch(
      /^infaas, rate = 300 attains .*, none, rate = 700 attains .*; no paired comparison was made\./,
    );
  });

  test('attainment claims the strongest comparison with both intervals', () => {
    expect(attainment(experimentResult({ rates: [300, 700] }))?.caption).toMatch(
      /^At rate = 700, infaas attains 9\d\.\d+ % \[.*\], 1\d\.\d+ points more than none \[.*\]\. Points are means over 10 replications, bars their 95 % Student-t intervals\.$/,
    );
  });

  test('an invalid comparison is not claimed, and its points are marked', () => {
    const caption = attainment(experimentResult({ rates: [300, 700], invalid: [3] }))?.caption;
    expect(caption).toMatch(/^At rate = 300, /);
    expect(caption).toContain('Hollow points are invalid.');
  });

  test('a time series says which replication it shows', () => {
    expect(latencyOverTime(experimentResult())?.caption).toContain('Shown is the first of 10 replications.');
    expect(latencyOverTime(experimentResult({ replications: 1 }))?.caption).toContain('Shown is the only replication.');
  });

  test('costs that differ by a rounding error are drawn as equal', () => {
    const result = experimentResult();
    const cells = result.cells.map((cell, index) => {
      const cost = { ...cell.metrics.cost_usd, mean: 1 + index * 1e-9, low: 1, high: 1 + 1e-8 };
      return { ...cell, metrics: { ...cell.metrics, cost_usd: cost } };
    });
    const spec = JSON.stringify(costAttainment({ ...result, cells })?.spec);
    const [, from, to] =
      /"field":"cost","type":"quantitative","scale":\{"domain":\[([^,]+),([^\]]+)\]/.exec(spec) ?? [];
    expect(Number(to) - Number(from)).toBeGreaterThan(0.09);
  });

  test('a last bin that the end of the run cuts short is not drawn', () => {
    const result = withRuns(experimentResult({ policies: ['none'], bins: 3 }), () => ({ durationS: 2.5 }));
    const drawn = queueOverTime(result)?.spec;
    expect(JSON.stringify(drawn)).toContain('"time":1.5,');
    expect(JSON.stringify(drawn)).not.toContain('"time":2.5,');
  });

  test('a fleet that never changes is said to', () => {
    expect(workersOverTime(experimentResult())?.caption).toMatch(/^No worker or machine was added or removed\./);
    expect(workersOverTime(experimentResult({ scaling: true }))?.caption).toMatch(
      /^Ready workers peak at 7, under infaas at 12 s\./,
    );
  });

  test('a run without losses says so and draws no line for them', () => {
    const lossless = withRuns(experimentResult(), ({ series }) => ({
      series: { ...series, lostRps: series.lostRps.map(() => 0) },
    }));
    expect(throughputOverTime(lossless)?.caption).toMatch(/^No request was refused/);
    expect(JSON.stringify(throughputOverTime(lossless)?.spec)).not.toContain('expired');
  });
});

describe('axes', () => {
  test('latency over more than two decades is logarithmic', () => {
    const wide = withRuns(experimentResult(), () => ({ cdf: { latencyMs: [1, 10, 500], share: [0.1, 0.5, 1] } }));
    expect(JSON.stringify(latencyCdf(wide)?.spec)).toContain('"log"');
    expect(JSON.stringify(latencyCdf(experimentResult())?.spec)).not.toContain('"log"');
  });

  test('without a swept parameter attainment is drawn over the offered load, if that differs', () => {
    const result = experimentResult({ policies: ['none', 'a'], rates: [100, 900] });
    const traces = result.cells.map((cell) => ({ ...cell, parameters: { trace: cell.cell < 2 ? 'calm' : 'busy' } }));
    expect(attainment({ ...result, cells: traces })?.title).toBe('SLA attainment over offered load');
    expect(attainment(experimentResult())?.title).toBe('SLA attainment');
  });
});

describe('a logarithmic axis', () => {
  test('is for positive values over more than two decades', () => {
    expect(logAxisOf([1, 100], 8)).toBeNull();
    expect(logAxisOf([0, 1000], 8)).toBeNull();
    expect(logAxisOf([], 8)).toBeNull();
    expect(logAxisOf([1, 101], 8)).not.toBeNull();
  });

  test('has ones, twos and fives where there is room, else powers of ten', () => {
    expect(logAxisOf([0.3, 40], 8)?.ticks).toEqual([0.5, 1, 2, 5, 10, 20]);
    expect(logAxisOf([0.3, 40_000], 8)?.ticks).toEqual([1, 10, 100, 1000, 10_000]);
    expect(logAxisOf([0.001, 1e9], 4)?.ticks).toEqual([0.001, 10, 100_000, 1e9]);
  });

  test('always has a tick inside the values, and never too many', () => {
    const positive = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(
        positive,
        fc.double({ min: 101, max: 1e9, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (from, ratio, most) => {
          const ticks = logAxisOf([from, from * ratio], most)?.ticks ?? [];
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThanOrEqual(most);
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(from);
            expect(tick).toBeLessThanOrEqual(from * ratio);
          }
        },
      ),
    );
  });
});

describe('distributions', () => {
  test('the mean of equal distributions is that distribution, from 0 on', () => {
    const cdf = { latencyMs: [1, 2, 4], share: [0.25, 0.5, 1] };
    expect(meanCdf([cdf, cdf])).toEqual([
      [1, 0],
      [1, 25],
      [2, 50],
      [4, 100],
    ]);
    expect(meanCdf([])).toEqual([]);
  });

  test('a jump is a jump: what is drawn at a latency is the share at or below it', () => {
    // Half of the answers come from a cache, half from a cold start.
    const share = Array.from({ length: 200 }, (_, index) => (index + 1) / 200);
    const cdf = { latencyMs: share.map((each) => (each <= 0.5 ? 4 : 250)), share };
    expect(meanCdf([cdf])).toEqual([
      [4, 0],
      [4, 50],
      [250, 100],
    ]);
    const figure = latencyCdf(withRuns(experimentResult(), () => ({ cdf })));
    expect(figure).toMatchObject({ spec: { layer: [{ mark: { interpolate: 'step-after' } }] } });
  });

  test('a mean distribution ascends from nothing to everything, and is never far from the share it stands for', () => {
    const points = fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 300 });
    const cdf = points.map((values) => {
      const latencyMs = [...values].sort((a, b) => a - b);
      return { latencyMs, share: latencyMs.map((_, index) => (index + 1) / latencyMs.length) };
    });
    const shareAt = (latencyMs: readonly number[], latency: number): number =>
      (100 * latencyMs.filter((each) => each <= latency).length) / latencyMs.length;
    fc.assert(
      fc.property(fc.array(cdf, { minLength: 1, maxLength: 4 }), (all) => {
        const drawn = meanCdf(all);
        expect(drawn.length).toBeLessThanOrEqual(2 * 240 + 240 + 2);
        expect(drawn[0][1]).toBe(0);
        for (const [index, [latency, percent]] of drawn.entries()) {
          const [latencyBefore, percentBefore] = index === 0 ? [0, 0] : drawn[index - 1];
          expect(percent).toBeGreaterThanOrEqual(percentBefore - 1e-9);
          expect(latency).toBeGreaterThanOrEqual(latencyBefore);
          if (index === 0) continue;
          const expected = all.reduce((sum, { latencyMs }) => sum + shareAt(latencyMs, latency), 0) / all.length;
          expect(percent).toBeCloseTo(expected, 6);
        }
        expect(drawn[drawn.length - 1][1]).toBeCloseTo(100);
      }),
    );
  });

  test('shares of batch sizes sum to a hundred percent over all replications', () => {
    for (const cell of experimentResult({ rates: [200, 900] }).cells) {
      const shares = [...sharesOf(cell).values()];
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100);
    }
  });
});
