/**
 * The figures of a group of cells: the latency distributions of both worlds over each other, and their time lines. A
 * panel for each cell, two lines in it, told apart by colour and by dash.
 */
import type { FidelityCellResult, FidelitySeries } from '../../core/index.ts';
import { paint } from '../palette.ts';
import type { Encoding, Figure } from '../figures/figure.ts';
import { DASHED, SOLID } from '../figures/lines-over-time.ts';
import { logTicksOf, namedTicks } from '../figures/log-axis.ts';
import { acrossPanels, lineLegend, panelSpec, seriesName, tickCount } from '../figures/panels.ts';
import { unitFor } from '../figures/time-axis.ts';
import { labelInGroup } from './fidelity-words.ts';

const WORLDS = ['simulated', 'live'] as const;

/** @param prefix lower case and hyphens, unique in the page. */
export function distributionFigure(cells: readonly FidelityCellResult[], prefix: string): Figure | null {
  const drawn = cells.filter(({ cdf }) => WORLDS.some((world) => cdf[world].latencyMs.length > 0));
  if (drawn.length === 0) return null;
  const rows = drawn.flatMap((cell) => WORLDS.flatMap((world) => cdfRows(cell, world)));
  const ticks = Math.max(6, tickCount(drawn.length));
  const across = acrossPanels('share of answered requests, %', 'latency, ms (logarithmic)', drawn.length);
  const values = rows.map(({ latency }) => latency).filter((latency) => latency > 0);
  const encoding: Encoding = {
    x: {
      field: 'latency',
      type: 'quantitative',
      scale: { type: 'log', nice: false },
      axis: { title: across.title, tickCount: ticks, format: '~f', ...namedTicks(logTicksOf(values, ticks)) },
    },
    y: { field: 'share', type: 'quantitative', scale: { domain: [0, 100] }, axis: { title: null, tickCount: 5 } },
    ...styles(),
  };
  const layers = [{ mark: { type: 'line' as const, interpolate: 'step-after' as const, strokeWidth: 2 }, encoding }];
  const pairs = Math.max(...drawn.map((cell) => cell.pairs));
  const what = pairs > 1 ? `the mean of the distributions of up to ${pairs} runs on each side` : 'a run on each side';
  return {
    id: `${prefix}-latency`,
    title: 'Latency distributions',
    caption: `Which share of the answered requests was answered within how many milliseconds: ${what}. Where the lines lie over each other, the worlds agree.`,
    spec: panelSpec({
      panels: drawn.map(panelName),
      rows: rows.filter(({ latency }) => latency > 0),
      measure: across.measure,
      layers,
    }),
  };
}

function panelName(cell: FidelityCellResult): string {
  return seriesName(labelInGroup(cell));
}

interface CdfRow {
  readonly panel: string;
  readonly series: (typeof WORLDS)[number];
  readonly latency: number;
  readonly share: number;
}

function cdfRows(cell: FidelityCellResult, world: (typeof WORLDS)[number]): CdfRow[] {
  const { latencyMs, share } = cell.cdf[world];
  const panel = panelName(cell);
  return latencyMs.map((latency, index) => ({ panel, series: world, latency, share: share[index] * 100 }));
}

type Column = Exclude<keyof FidelitySeries, 'binS'>;

interface TimeLines {
  readonly id: string;
  readonly title: string;
  readonly column: Column;
  readonly measure: string;
  readonly doc: string;
  readonly stepped?: boolean;
  readonly zoomed?: boolean;
}

const LINES: readonly TimeLines[] = [
  {
    id: 'attainment',
    title: 'SLA attainment over time',
    column: 'attainmentPercent',
    measure: 'served within the objective, % of the requests scheduled in an interval',
    doc: 'Of the requests scheduled in an interval, those served within their objective.',
    zoomed: true,
  },
  {
    id: 'p99',
    title: 'p99 latency over time',
    column: 'latencyP99Ms',
    measure: 'p99 latency, ms',
    doc: 'Of the requests scheduled in an interval; where intervals were merged for the drawing, the largest of theirs.',
  },
  {
    id: 'throughput',
    title: 'Throughput over time',
    column: 'answeredRps',
    measure: 'answered, req/s',
    doc: 'Requests answered in an interval.',
  },
  {
    id: 'queue',
    title: 'Queue over time',
    column: 'queuedInputs',
    measure: 'inputs waiting',
    doc: 'Inputs waiting in the queues of workers and with the scheduler, mean of the samples of an interval.',
  },
  {
    id: 'workers',
    title: 'Workers over time',
    column: 'workersReady',
    measure: 'workers ready',
    doc: 'Workers that could serve, mean of the samples of an interval.',
    stepped: true,
  },
];

export interface TimeFigures {
  readonly figures: readonly Figure[];
  /** Titles of the lines that never changed, and were the same in both worlds. */
  readonly constant: readonly string[];
}

/** Of the first pair of runs of every cell: a mean over runs would smooth away the bursts these are read for. */
export function timeFigures(cells: readonly FidelityCellResult[], prefix: string): TimeFigures {
  const drawn = cells.filter(({ series }) => series !== null);
  const changing = LINES.filter(({ column }) => drawn.some((cell) => isChanging(cell, column)));
  const constant = LINES.filter((each) => drawn.length > 0 && !changing.includes(each)).map(({ title }) => title);
  return { figures: changing.map((lines) => timeFigure(drawn, lines, prefix)), constant };
}

function isChanging({ series }: FidelityCellResult, column: Column): boolean {
  const values = series === null ? [] : WORLDS.flatMap((world) => series[world][column]);
  const known = values.filter((value) => value !== null);
  return known.some((value) => value !== known[0]);
}

function timeFigure(cells: readonly FidelityCellResult[], lines: TimeLines, prefix: string): Figure {
  const { unit, seconds } = unitFor(Math.max(...cells.map(endS)));
  const rows = cells.flatMap((cell) =>
    WORLDS.flatMap((world) => {
      if (cell.series === null) return [];
      const { binS, [lines.column]: values } = cell.series[world];
      const panel = panelName(cell);
      return values.map((value, bin) => ({ panel, series: world, time: ((bin + 0.5) * binS) / seconds, value }));
    }),
  );
  const across = acrossPanels(lines.measure, `time, ${unit}`, cells.length);
  const encoding: Encoding = {
    x: {
      field: 'time',
      type: 'quantitative',
      scale: { nice: false, zero: true },
      axis: { title: across.title, tickCount: tickCount(cells.length) },
    },
    y: {
      field: 'value',
      type: 'quantitative',
      scale: { zero: lines.zoomed !== true },
      axis: { title: null, tickCount: 5 },
    },
    ...styles(),
  };
  const interpolate = lines.stepped === true ? ('step' as const) : ('linear' as const);
  return {
    id: `${prefix}-${lines.id}`,
    title: lines.title,
    caption: `${lines.doc} Drawn is the first pair of runs.`,
    spec: panelSpec({
      panels: cells.map(panelName),
      rows,
      measure: across.measure,
      height: 200,
      layers: [{ mark: { type: 'line', interpolate, strokeWidth: 1.5 }, encoding }],
    }),
  };
}

function endS({ series }: FidelityCellResult): number {
  return series === null
    ? 0
    : Math.max(...WORLDS.map((world) => series[world].binS * series[world].answeredRps.length));
}

function styles(): Required<Pick<Encoding, 'color' | 'strokeDash'>> {
  const domain = [...WORLDS];
  const legend = lineLegend(domain.length);
  const range = [paint('series-1'), paint('series-2')];
  return {
    color: { field: 'series', type: 'nominal', scale: { domain, range }, legend },
    strokeDash: { field: 'series', type: 'nominal', scale: { domain, range: [[...SOLID], [...DASHED]] }, legend },
  };
}
