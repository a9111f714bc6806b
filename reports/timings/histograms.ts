/**
 * One histogram for each part: a panel for each cell, one below the other over a common axis, so that models, hardware,
 * thread counts and precisions stand side by side. Bars are shares, so that cells of different size compare.
 */
import { median } from 'simple-statistics';
import { TIMINGS_PARTS, timingsUnits } from '../../core/index.ts';
import type { TimingsCell, TimingsPartInfo, TimingsPhaseName, TimingsResult } from '../../core/index.ts';
import { formatPlain, formatValue } from '../format.ts';
import type { Figure } from '../figures/figure.ts';
import { PLOT_WIDTH, seriesName } from '../figures/panels.ts';
import { paint } from '../palette.ts';
import { capital } from './words.ts';

/** Bars by the size of the largest sample: about twice its square root, within what reads well. */
const BINS_MIN = 16;
const BINS_MAX = 64;
/** Above this ratio of the most to the least a logarithmic axis shows more. */
const LOG_FROM = 8;
/** Panels of one figure; more would be a wall. */
const CELLS_MAX = 12;
const PANEL_HEIGHT = 56;
/** Parts that hardly anybody asks about; their figures are in the table. */
const UNDRAWN = ['late', 'ready', 'predict'];

/** Figures of a phase, one for each part with samples. */
export function histograms({ cells }: Pick<TimingsResult, 'cells'>, phase: TimingsPhaseName): Figure[] {
  const known = cells.filter((cell) => (cell[phase]?.samples.unit.length ?? 0) > 0);
  if (known.length === 0) return [];
  const drawn = known.slice(0, CELLS_MAX);
  const left = known.length - drawn.length;
  const note = left === 0 ? '' : ` Drawn are the first ${drawn.length} of ${known.length} models and settings.`;
  return TIMINGS_PARTS[phase]
    .filter(({ name }) => !UNDRAWN.includes(name))
    .map((info) => histogram(info, { phase, cells: drawn, note }));
}

interface Drawn {
  readonly phase: TimingsPhaseName;
  readonly cells: readonly TimingsCell[];
  readonly note: string;
}

function histogram(info: TimingsPartInfo, { phase, cells, note }: Drawn): Figure {
  const series = cells.map((cell) => ({ panel: seriesName(cell.label), times: timesOf(info, cell, phase) }));
  const all = series.flatMap(({ times }) => times);
  const axis = axisOf(all, Math.max(...series.map(({ times }) => times.length)));
  const rows = series.flatMap(({ panel, times }) => barsOf(times, axis).map((bar) => ({ panel, ...bar })));
  const medians = series.map(({ panel, times }) => `${panel} ${formatValue(median(times))} ms`);
  const each = info.sampleOf === 'batch' ? 'batches' : info.sampleOf === 'process' ? 'processes' : 'requests';
  return {
    id: `${phase}-${info.name.replaceAll('_', '-')}`,
    title: `${capital(info.label)} (${info.doc})`,
    caption: `Share of ${each}, ${counts(series.map(({ times }) => times.length))}; medians: ${medians.join(', ')}.${note}`,
    spec: {
      data: { values: rows },
      title: { text: `share of ${each}, %`, offset: 14 },
      columns: 1,
      spacing: 10,
      facet: {
        field: 'panel',
        type: 'nominal',
        sort: series.map(({ panel }) => panel),
        header: { labelLimit: PLOT_WIDTH },
      },
      spec: {
        width: PLOT_WIDTH,
        height: PANEL_HEIGHT,
        mark: { type: 'bar', color: paint('series-1'), binSpacing: 0.5 },
        encoding: {
          x: {
            field: 'from',
            type: 'quantitative',
            bin: { binned: true },
            scale: { type: axis.log ? 'log' : 'linear', domain: [axis.least, axis.most], nice: false },
            axis: { title: `${info.label}, ms`, tickCount: 8, format: axis.log ? '~g' : '~f' },
          },
          x2: { field: 'to' },
          y: {
            field: 'share',
            type: 'quantitative',
            // A logarithmic axis has no zero, but heights have.
            scale: { zero: true },
            axis: { title: null, tickCount: 2 },
          },
        },
      },
      resolve: { axis: { x: 'shared' } },
    },
  };
}

function timesOf(info: TimingsPartInfo, cell: TimingsCell, phase: TimingsPhaseName): number[] {
  const samples = cell[phase]?.samples;
  return samples === undefined ? [] : timingsUnits(info, samples).flat();
}

interface Axis {
  readonly bins: number;
  readonly log: boolean;
  readonly least: number;
  readonly most: number;
}

/** From the least to the most of all cells, a little wider where they are equal. */
function axisOf(times: readonly number[], samples: number): Axis {
  const bins = Math.min(BINS_MAX, Math.max(BINS_MIN, Math.round(2 * Math.sqrt(samples))));
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const time of times) {
    least = Math.min(least, time);
    most = Math.max(most, time);
  }
  if (most <= least) return { bins, log: false, least: least * 0.9, most: least * 1.1 + 1e-6 };
  return { bins, log: least > 0 && most / least > LOG_FROM, least, most };
}

function barsOf(
  times: readonly number[],
  { bins, log, least, most }: Axis,
): { from: number; to: number; share: number }[] {
  const place = (value: number): number =>
    log ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
  const edge = (bin: number): number =>
    log ? least * (most / least) ** (bin / bins) : least + ((most - least) * bin) / bins;
  const inBin = new Array<number>(bins).fill(0);
  for (const time of times) inBin[Math.min(bins - 1, Math.max(0, Math.floor(place(time) * bins)))] += 1;
  return inBin.flatMap((count, bin) =>
    count === 0 ? [] : [{ from: edge(bin), to: edge(bin + 1), share: (100 * count) / times.length }],
  );
}

function counts(lengths: readonly number[]): string {
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  return least === most ? `${formatPlain(least)} each` : `${formatPlain(least)} to ${formatPlain(most)} each`;
}
