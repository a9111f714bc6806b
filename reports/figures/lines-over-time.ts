/**
 * Columns of the time series as lines, a panel for each cell: the common part of every figure over time. Drawn is
 * the first replication; a mean over replications would smooth away the bursts that these figures are read for.
 */
import type { TopLevelSpec } from 'vega-lite';
import type { CellResult, SeriesResult } from '../../core/index.ts';
import type { ColourName } from '../palette.ts';
import { paint } from '../palette.ts';
import type { Encoding } from './figure.ts';
import { acrossPanels, lineLegend, panelSpec, seriesName, tickCount } from './panels.ts';
import { logAxisOf, namedTicks } from './log-axis.ts';
import { timeAxisOf } from './time-axis.ts';
import type { TimeAxis } from './time-axis.ts';

/** The columns of the series that hold a value for each bin. */
export type SeriesColumn = Exclude<keyof SeriesResult, 'binS' | 'startS'>;

export interface TimeLine {
  /** In the legend. */
  readonly name: string;
  readonly column: SeriesColumn;
  readonly colour: ColourName;
  readonly dash: readonly number[];
  readonly width?: number;
}

export interface LinesOverTime {
  readonly cells: readonly CellResult[];
  readonly lines: readonly TimeLine[];
  /** Name and unit of the vertical axis. */
  readonly measure: string;
  /** Counts change in steps, rates and latencies are joined by straight lines. */
  readonly stepped?: boolean;
  /** A logarithmic axis where the values span more than two decades. */
  readonly mayBeLogarithmic?: boolean;
  /** An axis over what the data fill, for shares that hardly move; from 0 otherwise. */
  readonly zoomed?: boolean;
}

/** Lengths of strokes and gaps; round caps add a line's width to every stroke and take it from the gap. */
export const SOLID: readonly number[] = [1, 0];
export const DASHED: readonly number[] = [6, 4];
export const DOTTED: readonly number[] = [0.5, 3.5];

const THIN = 1.5;
/** A band behind the other lines. */
export const BOLD = 5;

export function linesOverTime(options: LinesOverTime): TopLevelSpec {
  const { cells, lines, measure, stepped = false } = options;
  const axis = timeAxisOf(cells);
  const rows = cells.flatMap((cell) => rowsOf(cell, lines, axis));
  const across = acrossPanels(measure, axis.title, cells.length);
  const encoding: Encoding = {
    x: {
      field: 'time',
      type: 'quantitative',
      scale: { nice: false, zero: true },
      axis: { title: across.title, tickCount: tickCount(cells.length) },
    },
    y: verticalOf(rows, options),
    ...stylesOf(lines),
  };
  return panelSpec({
    panels: cells.map((cell) => seriesName(cell.label)),
    rows,
    measure: across.measure,
    height: 240,
    // A layer for each width: a line has one width, which no scale can give it.
    layers: [...new Set(lines.map(({ width = THIN }) => width))].map((width) => {
      const names = lines.filter((line) => (line.width ?? THIN) === width).map(({ name }) => name);
      return {
        transform: [{ filter: { field: 'series', oneOf: names } }],
        mark: { type: 'line', interpolate: stepped ? 'step' : 'linear', strokeWidth: width },
        encoding,
      };
    }),
  });
}

interface Row {
  readonly panel: string;
  readonly series: string;
  readonly time: number;
  readonly value: number | null;
}

function rowsOf({ label, replications }: CellResult, lines: readonly TimeLine[], axis: TimeAxis): Row[] {
  const [{ series, durationS }] = replications;
  const bins = wholeBins(series, durationS);
  const panel = seriesName(label);
  return lines.flatMap(({ name, column }) =>
    series[column].slice(0, bins).map((value, bin) => ({ panel, series: name, time: axis.at(series, bin), value })),
  );
}

function verticalOf(
  rows: readonly Row[],
  { cells, stepped, mayBeLogarithmic, zoomed = false }: LinesOverTime,
): NonNullable<Encoding['y']> {
  const values = rows.flatMap(({ value }) => (value === null ? [] : [value]));
  const logAxis = mayBeLogarithmic === true ? logAxisOf(values, cells.length > 1 ? 5 : 8) : null;
  return {
    field: 'value',
    type: 'quantitative',
    scale: logAxis === null ? { zero: !zoomed } : { type: 'log', nice: false },
    axis: {
      title: null,
      // Zoomed in, ticks may be parts of a percent.
      ...(zoomed ? {} : { format: ',f' }),
      tickCount: 5,
      ...(stepped === true ? { tickMinStep: 1 } : {}),
      ...namedTicks(logAxis),
    },
  };
}

/** Lines differ by colour and by dash. */
function stylesOf(lines: readonly TimeLine[]): Required<Pick<Encoding, 'color' | 'strokeDash'>> {
  const domain = lines.map(({ name }) => name);
  const legend = lineLegend(lines.length);
  return {
    color: {
      field: 'series',
      type: 'nominal',
      scale: { domain, range: lines.map(({ colour }) => paint(colour)) },
      legend,
    },
    strokeDash: {
      field: 'series',
      type: 'nominal',
      scale: { domain, range: lines.map(({ dash }) => [...dash]) },
      legend,
    },
  };
}

/** Bins up to the end of the run; one that the end cuts short would show a rate that falls for no reason. */
function wholeBins({ startS, binS }: SeriesResult, durationS: number): number {
  const last = startS.length - 1;
  return last > 0 && startS[last] + binS > durationS ? last : startS.length;
}

/** Cells whose first replication has a value in one of the columns. */
export function cellsWithSeries(cells: readonly CellResult[], columns: readonly SeriesColumn[]): CellResult[] {
  return cells.filter((cell) => {
    const series = cell.replications[0]?.series;
    return series !== undefined && columns.some((column) => series[column].some((value) => value !== null));
  });
}

/** The largest or smallest value of a column over cells, where it is and when. */
export interface Peak {
  readonly cell: CellResult;
  readonly value: number;
  /** The start of its bin, as the time axis shows it. */
  readonly at: string;
}

export function peakOf(cells: readonly CellResult[], column: SeriesColumn): Peak | null {
  return extremeOf(cells, column, (value, before) => value > before);
}

/** The smallest one. */
export function lowestOf(cells: readonly CellResult[], column: SeriesColumn): Peak | null {
  return extremeOf(cells, column, (value, before) => value < before);
}

function extremeOf(
  cells: readonly CellResult[],
  column: SeriesColumn,
  isBeyond: (value: number, before: number) => boolean,
): Peak | null {
  const axis = timeAxisOf(cells);
  let peak: Peak | null = null;
  for (const cell of cells) {
    const { series } = cell.replications[0];
    for (const [bin, value] of series[column].entries()) {
      if (value !== null && (peak === null || isBeyond(value, peak.value))) {
        peak = { cell, value, at: axis.inWords(series.startS[bin]) };
      }
    }
  }
  return peak;
}
