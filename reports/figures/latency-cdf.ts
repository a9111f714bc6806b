/** The distribution of latency: which share of the answered requests was answered within how many milliseconds. */
import type { CdfResult, CellResult, ExperimentResult } from '../../core/index.ts';
import { claimInWords, paragraph } from '../claims.ts';
import { drawnCells } from './drawn-cells.ts';
import type { Encoding, Figure } from './figure.ts';
import { logAxisOf, namedTicks } from './log-axis.ts';
import { acrossPanels, lineLegend, panelSpec, placesOf, seriesStyles, tickCount } from './panels.ts';

/** Steps that a screen shows, up as well as to the right. */
const STEPS_MAX = 240;
/** Three policies in each of twelve panels. */
const CELLS_MAX = 36;

export function latencyCdf(result: ExperimentResult): Figure | null {
  const known = result.cells.filter((cell) => cell.replications.some(({ cdf }) => cdf.latencyMs.length > 0));
  if (known.length === 0) return null;
  const { cells, note } = drawnCells(known, CELLS_MAX);
  const replications = Math.max(...known.map((cell) => cell.replications.length));
  return {
    id: 'latency-cdf',
    title: 'Latency distribution',
    caption: paragraph([
      claimInWords(result, known, { metric: 'latency_p99_ms', verb: 'answers 99 % within' }),
      replications > 1
        ? `Drawn is the mean of the distributions of ${replications} replications.`
        : 'Drawn is the only replication.',
      note,
    ]),
    spec: specOf(cells),
  };
}

function specOf(cells: readonly CellResult[]): Figure['spec'] {
  const places = placesOf(cells);
  const placed = [...places.values()];
  const series = [...new Set(placed.map((place) => place.series))];
  const panels = [...new Set(placed.map(({ panel }) => panel))];
  const rows = cells.flatMap((cell) =>
    meanCdf(cell.replications.map(({ cdf }) => cdf)).map(([latency, share]) => ({
      ...places.get(cell),
      latency,
      share,
    })),
  );
  const { colour, dash } = seriesStyles(series);
  const legend = lineLegend(series.length);
  const ticks = tickCount(panels.length);
  const logAxis = logAxisOf(
    rows.map(({ latency }) => latency),
    ticks,
  );
  const across = acrossPanels('share of answered requests, %', 'latency, ms', panels.length);
  const encoding: Encoding = {
    x: {
      field: 'latency',
      type: 'quantitative',
      scale: { type: logAxis === null ? 'linear' : 'log', nice: false },
      axis: { title: across.title, format: ',f', tickCount: ticks, ...namedTicks(logAxis) },
    },
    y: { field: 'share', type: 'quantitative', scale: { domain: [0, 100] }, axis: { title: null, tickCount: 5 } },
    color: { field: 'series', type: 'nominal', scale: colour, legend },
    strokeDash: { field: 'series', type: 'nominal', scale: dash, legend },
  };
  const layers = [
    {
      // Latencies may jump, from a cache to a cold start: a straight line between would be a share that nobody had.
      mark: { type: 'line' as const, interpolate: 'step-after' as const, strokeWidth: 2 },
      encoding,
    },
  ];
  return panelSpec({ panels, rows, measure: across.measure, layers });
}

/**
 * The mean of several distributions in percent, as the corners of its steps: from each latency on the share is at least
 * the one beside it. The first corner is at 0. Every replication has the same say, however many requests it answered.
 */
export function meanCdf(all: readonly CdfResult[]): [latencyMs: number, percent: number][] {
  const cdfs = all.filter(({ latencyMs }) => latencyMs.length > 0);
  const points = [...new Set(cdfs.flatMap(({ latencyMs }) => latencyMs))].sort((a, b) => a - b);
  const cursors = cdfs.map(() => 0);
  const corners = points.map((latencyMs): [number, number] => {
    let sum = 0;
    for (const [index, cdf] of cdfs.entries()) {
      while (cursors[index] < cdf.latencyMs.length && cdf.latencyMs[cursors[index]] <= latencyMs) cursors[index] += 1;
      sum += cursors[index] === 0 ? 0 : cdf.share[cursors[index] - 1];
    }
    return [latencyMs, (100 * sum) / cdfs.length];
  });
  return corners.length === 0 ? [] : [[corners[0][0], 0], ...thinned(corners)];
}

/**
 * Leaves out corners that are close to the one kept before, in latency and in share alike: a jump stays where it is and
 * as high as it is, to within what a screen shows.
 */
function thinned(corners: readonly [latencyMs: number, percent: number][]): [number, number][] {
  const [least, most] = [corners[0][0], corners[corners.length - 1][0]];
  // Close on a logarithmic axis, which is the finer one at small latencies, and on a linear one.
  const nearRatio = least > 0 ? (most / least) ** (1 / STEPS_MAX) : 1;
  const near = (from: number, to: number): boolean => to - from < (most - least) / STEPS_MAX && to < from * nearRatio;
  const kept: [number, number][] = [];
  for (const [index, corner] of corners.entries()) {
    const before = kept.at(-1);
    const isClose = before !== undefined && corner[1] - before[1] < 100 / STEPS_MAX && near(before[0], corner[0]);
    if (!isClose || index === corners.length - 1) kept.push(corner);
  }
  return kept;
}
