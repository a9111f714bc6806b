/** The distribution of latency: which share of the answered requests was answered within how many milliseconds. */
import type { CdfResult, CellResult, ExperimentResult } from '../../core/index.ts';
import { claimInWords, paragraph } from '../claims.ts';
import { drawnCells } from './drawn-cells.ts';
import type { Encoding, Figure } from './figure.ts';
import { logAxisOf, namedTicks } from './log-axis.ts';
import { acrossPanels, lineLegend, panelSpec, placesOf, seriesStyles, tickCount } from './panels.ts';

/** Points of a drawn curve; more would not show on a screen. */
const POINTS_MAX = 240;
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
  const layers = [{ mark: { type: 'line' as const, strokeWidth: 2 }, encoding }];
  return panelSpec({ panels, rows, measure: across.measure, layers });
}

/**
 * The mean of several distributions at common points, in percent: every replication has the same say, however many
 * requests it answered.
 */
export function meanCdf(all: readonly CdfResult[]): [latencyMs: number, percent: number][] {
  const cdfs = all.filter(({ latencyMs }) => latencyMs.length > 0);
  const points = [...new Set(cdfs.flatMap(({ latencyMs }) => latencyMs))].sort((a, b) => a - b);
  const step = Math.max(1, Math.ceil(points.length / POINTS_MAX));
  const thinned = points.filter((_, index) => index % step === 0 || index === points.length - 1);
  const cursors = cdfs.map(() => 0);
  return thinned.map((latencyMs) => {
    let sum = 0;
    for (const [index, cdf] of cdfs.entries()) {
      while (cursors[index] < cdf.latencyMs.length && cdf.latencyMs[cursors[index]] <= latencyMs) cursors[index] += 1;
      sum += shareAt(cdf, cursors[index], latencyMs);
    }
    return [latencyMs, (100 * sum) / cdfs.length];
  });
}

/** The share at a latency between two points of a distribution, the first above it being `next`. */
function shareAt({ latencyMs, share }: CdfResult, next: number, latency: number): number {
  if (next === 0) return 0;
  if (next === latencyMs.length) return share[next - 1];
  const width = latencyMs[next] - latencyMs[next - 1];
  const part = width > 0 ? (latency - latencyMs[next - 1]) / width : 1;
  return share[next - 1] + part * (share[next] - share[next - 1]);
}
