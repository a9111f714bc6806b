/** Median and tail latency over time, a panel for each cell. */
import type { ExperimentResult } from '../../core/index.ts';
import { shownReplication } from '../claims.ts';
import { formatValue, formatSeconds, printable } from '../format.ts';
import { paint } from '../palette.ts';
import type { Figure } from './figure.ts';
import { panelSpec, seriesName, spansDecades, tickCount } from './panels.ts';
import { timeAxisOf } from './time-axis.ts';

const PERCENTILES = [
  { name: 'p50', column: 'latencyP50Ms' },
  { name: 'p90', column: 'latencyP90Ms' },
  { name: 'p99', column: 'latencyP99Ms' },
] as const;

export function latencyOverTime(result: ExperimentResult): Figure | null {
  const axis = timeAxisOf(result.cells);
  const cells = result.cells.filter((cell) =>
    cell.replications[0]?.series.latencyP50Ms.some((latency) => latency !== null),
  );
  if (cells.length === 0) return null;
  const rows = cells.flatMap((cell) =>
    PERCENTILES.flatMap(({ name, column }) => {
      const { series } = cell.replications[0];
      return series[column].map((latency, bin) => ({
        panel: seriesName(cell.label),
        series: name,
        time: axis.at(series, bin),
        latency,
      }));
    }),
  );
  const latencies = rows.flatMap(({ latency }) => (latency === null ? [] : [latency]));
  const worst = rows.reduce((most, row) => ((row.latency ?? 0) > (most.latency ?? 0) ? row : most));
  const where = cells.find((cell) => seriesName(cell.label) === worst.panel) ?? cells[0];
  const { binS } = where.replications[0].series;
  const domain = PERCENTILES.map(({ name }) => name);
  return {
    id: 'latency-over-time',
    title: 'Latency over time',
    caption:
      `The highest ${worst.series} of a bin is ${formatValue(worst.latency)} ms, under ${printable(where.label)}. ` +
      `Percentiles of the requests scheduled in each bin of ${formatSeconds(binS)}. ${shownReplication(cells)}`,
    spec: panelSpec({
      panels: cells.map((cell) => seriesName(cell.label)),
      rows,
      measure: 'latency, ms',
      height: 240,
      layers: [
        {
          mark: { type: 'line', clip: false },
          encoding: {
            x: {
              field: 'time',
              type: 'quantitative',
              scale: { nice: false, zero: true },
              axis: { title: axis.title, tickCount: tickCount(cells.length) },
            },
            y: {
              field: 'latency',
              type: 'quantitative',
              scale: spansDecades(latencies) ? { type: 'log', nice: false } : { zero: true },
              axis: { title: null, format: ',~g', tickCount: 5 },
            },
            color: {
              field: 'series',
              type: 'nominal',
              scale: { domain, range: [paint('series-1'), paint('series-3'), paint('series-2')] },
              legend: {},
            },
            strokeDash: {
              field: 'series',
              type: 'nominal',
              scale: { domain, range: [[1, 0], [6, 2], [2, 2]] },
              legend: {},
            },
          },
        },
      ],
    }),
  };
}
