/**
 * How a figure is divided into panels and series. A few cells share one panel, a line each; more are split by grid
 * point, so that a panel compares policies and nothing else; over time every cell has a panel of its own. Widths are
 * chosen so that one to twelve panels stay readable on one page.
 */
import type { TopLevelSpec } from 'vega-lite';
import type { CellResult } from '../../core/index.ts';
import { printable, shortened } from '../format.ts';
import { gridPoints, policyNames } from '../grid.ts';
import { SERIES_COLOURS, paint } from '../palette.ts';
import type { Layer } from './figure.ts';

/** Width of the widest plot, in pixels; axes come on top. */
export const PLOT_WIDTH = 960;
const GAP = 26;
/** Lines that one panel can carry without becoming a tangle. */
const SERIES_IN_ONE_PANEL = 6;
const NAME_LENGTH = 60;
/** Solid first, then patterns that differ at a glance; round caps lengthen every stroke by the line's width. */
const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [7, 5],
  [0.5, 4],
  [9, 4, 0.5, 4],
  [14, 6],
  [4, 4, 0.5, 4, 0.5, 4],
];
/** By how many patterns each round of colours is shifted, so that a colour meets every pattern before one comes again. */
const ROUNDS = [0, 3, 1, 4, 2, 5] as const;
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross'] as const;

/** Where a cell is drawn when cells are compared. */
export interface Place {
  readonly panel: string;
  readonly series: string;
}

/** Panels and series for comparing cells, in plan order. */
export function placesOf(cells: readonly CellResult[]): ReadonlyMap<CellResult, Place> {
  const policies = policyNames(cells);
  const points = gridPoints(cells);
  const split = cells.length > SERIES_IN_ONE_PANEL && policies.length > 1 && points.length > 1;
  const places = points.flatMap((point) =>
    point.cells.map((cell): [CellResult, Place] => [
      cell,
      split ? { panel: point.label, series: seriesName(cell.policy) } : { panel: '', series: seriesName(cell.label) },
    ]),
  );
  const placed = new Map(places);
  return new Map(cells.map((cell) => [cell, placed.get(cell) ?? { panel: '', series: seriesName(cell.label) }]));
}

/** A name short and clean enough for a legend or a panel's header. */
export function seriesName(name: string): string {
  return shortened(printable(name), NAME_LENGTH);
}

/** Colours, dashes and shapes of series: any two of the first 36 differ in one at least, and two of a colour in both. */
export function seriesStyles(series: readonly string[]): {
  readonly colour: { readonly domain: string[]; readonly range: string[] };
  readonly dash: { readonly domain: string[]; readonly range: number[][] };
  readonly shape: { readonly domain: string[]; readonly range: string[] };
} {
  const domain = [...series];
  const count = SERIES_COLOURS.length;
  const pattern = (index: number): number => (index + ROUNDS[Math.floor(index / count) % ROUNDS.length]) % count;
  return {
    colour: { domain, range: domain.map((_, index) => paint(SERIES_COLOURS[index % count])) },
    dash: { domain, range: domain.map((_, index) => [...DASHES[pattern(index)]]) },
    shape: { domain, range: domain.map((_, index) => SHAPES[pattern(index)]) },
  };
}

/** A legend of colours and shapes; a single series needs none. */
export function pointLegend(
  series: number,
): { readonly columns: number; readonly symbolSize: number; readonly symbolStrokeWidth: number } | null {
  return series === 1 ? null : { columns: series > 6 ? 4 : 0, symbolSize: 70, symbolStrokeWidth: 0 };
}

/** A legend of strokes with the round ends of the lines, without which dots all but vanish; one line needs none. */
export function lineLegend(lines: number): LineLegend | null {
  if (lines === 1) return null;
  return {
    columns: lines > 6 ? 3 : 0,
    encoding: { symbols: { strokeCap: { value: 'round' }, strokeWidth: { value: 2.5 } } },
  };
}

export interface LineLegend {
  columns: number;
  encoding: { symbols: { strokeCap: { value: 'round' }; strokeWidth: { value: number } } };
}

export interface PanelOptions {
  /** Panels in order; rows name theirs in the field `panel`. */
  readonly panels: readonly string[];
  readonly rows: readonly object[];
  readonly layers: readonly Layer[];
  /** Name and unit of the vertical axis, written above the panels. */
  readonly measure: string;
  /** Height of a single panel; several are lower. */
  readonly height?: number;
  /** Space kept to the right of a single panel, in pixels. */
  readonly narrower?: number;
}

/** One plot, or one for each panel with common scales. */
export function panelSpec({ panels, rows, layers, measure, height = 280, narrower = 0 }: PanelOptions): TopLevelSpec {
  const title = { text: measure };
  const data = { values: [...rows] };
  if (panels.length <= 1) {
    return { data, title, width: PLOT_WIDTH - narrower, height, layer: [...layers] };
  }
  const columns = columnsFor(panels.length);
  const width = Math.floor((PLOT_WIDTH - (columns - 1) * GAP) / columns);
  return {
    data,
    title: { ...title, offset: 14 },
    columns,
    spacing: { row: 24, column: GAP },
    facet: {
      field: 'panel',
      type: 'nominal',
      sort: [...panels],
      header: { labelLimit: width },
    },
    spec: { width, height: columns === 2 ? 170 : 130, layer: [...layers] },
    // A horizontal axis under every panel: the last row may be short, and its neighbours above would have none.
    resolve: { axis: { x: 'independent' } },
  };
}

/** A single plot names its horizontal axis there; many say it once, above all of them. */
export function acrossPanels(
  measure: string,
  axisTitle: string,
  panels: number,
): { readonly measure: string; readonly title: string | null } {
  return panels <= 1 ? { measure, title: axisTitle } : { measure: `${measure}  —  over ${axisTitle}`, title: null };
}

/** Columns of panels: never a single narrow one in the last row if that can be avoided. */
export function columnsFor(panels: number): number {
  if (panels <= 1) return 1;
  return panels === 2 || panels === 4 ? 2 : 3;
}

/** Ticks that fit under a panel. */
export function tickCount(panels: number): number {
  return panels <= 1 ? 10 : panels === 2 || panels === 4 ? 6 : 4;
}
