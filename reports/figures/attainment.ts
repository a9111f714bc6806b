/**
 * SLA attainment, or violations where the experiment compares those, over load: over the swept parameter, else over the offered load, with the interval of every point.
 * A grid with one load has nothing to be drawn over; its cells are then listed one below the other.
 */
import type { CellResult, ExperimentResult } from '../../core/index.ts';
import { captionBasis, claimInWords, paragraph } from '../claims.ts';
import { formatMeasured } from '../format.ts';
import { parametersInWords, policyNames } from '../grid.ts';
import { paint } from '../palette.ts';
import { sweepOf } from '../sweep.ts';
import { textWidth } from '../text-width.ts';
import { drawnCells } from './drawn-cells.ts';
import type { Encoding, Figure } from './figure.ts';
import { logAxisOf, namedTicks } from './log-axis.ts';
import { acrossPanels, panelSpec, pointLegend, seriesName, seriesStyles, tickCount } from './panels.ts';

/** What is drawn, by which words. */
const SHARES = {
  attainment_percent: { name: 'SLA attainment', verb: 'attains' },
  violations_percent: { name: 'SLO violations', verb: 'violates' },
} as const;
type Share = keyof typeof SHARES;
/** Offered loads closer than this are the same load under another seed. */
const SAME_LOAD = 0.05;
const ROWS_MAX = 40;
const POINTS_MAX = 200;
const ROW_HEIGHT = 30;
const NAME_SIZE = 12;
const NAMES_WIDTH_MAX = 320;
const VALUE_ROOM = 40;

export function attainment(result: ExperimentResult): Figure | null {
  const metric = shareOf(result);
  const { name, verb } = SHARES[metric];
  const known = result.cells.filter((cell) => cell.metrics[metric].mean !== null);
  // A single value is in the table; a picture of one point shows nothing more.
  if (known.length <= 1) return null;
  const load = loadOf(known);
  const { cells, note } = drawnCells(known, load === null ? ROWS_MAX : POINTS_MAX);
  return {
    id: 'attainment',
    title: load === null ? name : `${name} over ${load.inWords}`,
    caption: paragraph([
      claimInWords(result, known, { metric, verb }),
      captionBasis(cells, metric),
      cells.every((cell) => cell.verdict.valid) ? '' : 'Hollow points are invalid.',
      note,
    ]),
    spec: load === null ? listSpec(cells, metric) : curveSpec(cells, metric, load),
  };
}

/** Attainment, unless the experiment compares violations instead. */
function shareOf({ compared }: ExperimentResult): Share {
  return compared.includes('violations_percent') && !compared.includes('attainment_percent')
    ? 'violations_percent'
    : 'attainment_percent';
}

interface Load {
  readonly inWords: string;
  readonly axisTitle: string;
  /** The parameter that is the load, if it is one. */
  readonly parameter: string | null;
  at(cell: CellResult): number;
}

function loadOf(cells: readonly CellResult[]): Load | null {
  const sweep = sweepOf(cells);
  if (sweep !== null) return { ...sweep, inWords: sweep.label };
  const at = (cell: CellResult): number => cell.metrics.offered_rps.mean ?? 0;
  const loads = cells.map(at);
  const most = Math.max(...loads);
  if (most === 0 || most - Math.min(...loads) <= SAME_LOAD * most) return null;
  return { inWords: 'offered load', axisTitle: 'offered load, req/s', parameter: null, at };
}

function rowOf(
  cell: CellResult,
  metric: Share,
): { mean: number | null; low: number | null; high: number | null; valid: boolean } {
  const { mean, low, high } = cell.metrics[metric];
  // A symmetric interval may leave the range of a share; the drawing does not.
  return { mean, low: low && Math.max(0, low), high: high && Math.min(100, high), valid: cell.verdict.valid };
}

function curveSpec(cells: readonly CellResult[], metric: Share, load: Load): Figure['spec'] {
  const rows = cells.map((cell) => ({
    panel: otherParameters(cell, load),
    series: seriesName(cell.policy),
    load: load.at(cell),
    ...rowOf(cell, metric),
  }));
  const panels = [...new Set(rows.map(({ panel }) => panel))];
  const series = policyNames(cells).map(seriesName);
  const { colour, dash, shape } = seriesStyles(series);
  const legend = pointLegend(series.length);
  const across = acrossPanels(`${SHARES[metric].name}, %`, load.axisTitle, panels.length);
  const ticks = tickCount(panels.length);
  const logAxis = logAxisOf(
    rows.map((row) => row.load),
    ticks,
  );
  const x: Encoding['x'] = {
    field: 'load',
    type: 'quantitative',
    scale: logAxis === null ? { nice: false, zero: false, padding: 16 } : { type: 'log', nice: false, padding: 16 },
    axis: { title: across.title, format: ',f', tickCount: ticks, ...namedTicks(logAxis) },
  };
  const color = { field: 'series', type: 'nominal', scale: colour, legend } as const;
  const y = {
    field: 'mean',
    type: 'quantitative',
    scale: { domain: percentDomain(rows), nice: false },
    axis: { title: null, tickCount: 5 },
  } as const;
  return panelSpec({
    panels,
    rows,
    measure: across.measure,
    layers: [
      // A layer each: dashes as a scale would fray the shapes in the legend.
      ...series.map((name, index) => ({
        transform: [{ filter: { field: 'series', equal: name } }],
        mark: {
          type: 'line' as const,
          strokeWidth: 1.5,
          color: colour.range[index],
          strokeDash: dash.range[index],
        },
        encoding: { x, y },
      })),
      {
        mark: { type: 'rule', strokeWidth: 1.5 },
        transform: [{ filter: 'isValid(datum.low)' }],
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 60, opacity: 1 },
        encoding: { x, y, color, shape: { field: 'series', type: 'nominal', scale: shape, legend } },
      },
      {
        mark: { type: 'point', filled: true, size: 16, opacity: 1, color: paint('paper') },
        transform: [{ filter: '!datum.valid' }],
        encoding: { x, y },
      },
    ],
  });
}

function listSpec(cells: readonly CellResult[], metric: Share): Figure['spec'] {
  const widest = Math.max(...cells.map((cell) => textWidth(seriesName(cell.label), NAME_SIZE)));
  const namesWidth = Math.min(Math.ceil(widest), NAMES_WIDTH_MAX);
  const rows = cells.map((cell) => ({
    name: seriesName(cell.label),
    text: `${formatMeasured(cell.metrics[metric], '%')} %`,
    ...rowOf(cell, metric),
  }));
  const y: Encoding['y'] = {
    field: 'name',
    type: 'nominal',
    sort: rows.map(({ name }) => name),
    axis: {
      title: null,
      grid: true,
      labelLimit: NAMES_WIDTH_MAX,
      labelFontSize: NAME_SIZE,
      labelColor: paint('ink'),
      // The value of a point at the left edge reaches beyond it.
      labelPadding: VALUE_ROOM,
    },
  };
  const x = {
    field: 'mean',
    type: 'quantitative',
    scale: { domain: percentDomain(rows), nice: false },
    axis: { title: `${SHARES[metric].name}, %`, grid: true, domain: false, ticks: false, tickCount: 8 },
  } as const;
  return panelSpec({
    panels: [],
    rows,
    measure: '',
    height: ROW_HEIGHT * rows.length,
    narrower: namesWidth + VALUE_ROOM,
    layers: [
      {
        mark: { type: 'rule', strokeWidth: 2, color: paint('series-1') },
        transform: [{ filter: 'isValid(datum.low)' }],
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1, color: paint('series-1') },
        encoding: { y, x },
      },
      {
        mark: { type: 'point', filled: true, size: 18, opacity: 1, color: paint('paper') },
        transform: [{ filter: '!datum.valid' }],
        encoding: { y, x },
      },
      {
        mark: { type: 'text', dy: -11, baseline: 'middle' },
        encoding: { y, x, text: { field: 'text', type: 'nominal' } },
      },
    ],
  });
}

/** The shown part of 0 to 100: what the data fill and a little more; points need no zero, unlike bars. */
export function percentDomain(
  rows: readonly { readonly mean: number | null; readonly low: number | null; readonly high: number | null }[],
): [number, number] {
  const values = rows.flatMap(({ mean, low, high }) => [mean, low, high].filter((value) => value !== null));
  const least = Math.min(...values);
  const most = Math.max(...values);
  const margin = Math.max(0.08 * (most - least), 0.2);
  return [Math.max(0, least - margin), Math.min(100, most + margin)];
}

function otherParameters({ parameters }: CellResult, { parameter }: Load): string {
  if (parameter === null) return '';
  return parametersInWords(Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== parameter)));
}
