/**
 * Draws a figure: Vega-Lite to Vega to SVG text, without a browser and without a canvas. The same specification gives
 * the same bytes on every machine: text is measured by our own table, coordinates are rounded to hundredths of a
 * pixel, and ids are numbered within the figure, so that many figures can stand in one page.
 */
import * as vega from 'vega';
import { compile } from 'vega-lite';
import type { Config } from 'vega-lite';
import type { Figure } from './figures/figure.ts';
import { paint, withLightColours } from './palette.ts';
import { textWidth } from './text-width.ts';

export const FONT = 'system-ui, sans-serif';
const TEXT_SIZE = 12;
const SMALL_TEXT_SIZE = 11;

export interface RenderedFigure extends Figure {
  /** An `svg` element whose colours are CSS variables, to stand inside a page that defines them. */
  readonly svg: string;
}

/** Draws a figure for a page. */
export async function renderFigure(figure: Figure): Promise<RenderedFigure> {
  measureTextByTable();
  const { spec } = compile(figure.spec, { config: THEME });
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  const drawn = await view.toSVG();
  view.finalize();
  return { ...figure, svg: labelled(tidied(drawn, figure.id), figure) };
}

/** The same figure as a file of its own: on white paper, with colours every program understands. */
export function standaloneSvg({ svg }: RenderedFigure): string {
  const paper = `<rect width="100%" height="100%" fill="${paint('paper')}"/>`;
  return `${withLightColours(svg.replace(/<g /, `${paper}<g `))}\n`;
}

const AXIS_TEXT = { labelColor: paint('muted'), labelFontSize: SMALL_TEXT_SIZE, titleColor: paint('muted') };

const THEME: Config = {
  font: FONT,
  background: 'transparent',
  padding: { left: 4, right: 14, top: 4, bottom: 4 },
  // Screen readers get the caption; a label on every one of thousands of points would drown it.
  aria: false,
  view: { stroke: null },
  axis: {
    ...AXIS_TEXT,
    titleFontSize: SMALL_TEXT_SIZE,
    titleFontWeight: 'normal',
    titlePadding: 6,
    labelPadding: 5,
    gridColor: paint('grid'),
    domainColor: paint('rule'),
    tickColor: paint('rule'),
    tickSize: 4,
    labelOverlap: true,
  },
  axisX: { grid: false, titleAnchor: 'end', titleAlign: 'right', labelFlush: false },
  axisY: { domain: false, ticks: false },
  legend: {
    orient: 'top',
    title: null,
    labelColor: paint('ink'),
    labelFontSize: TEXT_SIZE,
    labelLimit: 420,
    symbolStrokeWidth: 2,
    symbolSize: 180,
    columnPadding: 18,
    rowPadding: 4,
    offset: 10,
  },
  header: {
    title: null,
    labelColor: paint('ink'),
    labelFontSize: TEXT_SIZE,
    labelFontWeight: 600,
    labelAnchor: 'start',
    labelPadding: 6,
  },
  title: {
    anchor: 'start',
    color: paint('muted'),
    fontSize: SMALL_TEXT_SIZE,
    fontWeight: 'normal',
    frame: 'group',
    offset: 8,
  },
  // A value between two missing ones is a path of no length; round caps make it a visible dot.
  line: { strokeWidth: 1.5, strokeCap: 'round', strokeJoin: 'round', invalid: 'break-paths-show-path-domains' },
  text: { fill: paint('ink'), fontSize: SMALL_TEXT_SIZE },
  facet: { spacing: 26 },
};

/**
 * Vega measures text with a canvas where one is installed and by 0.8 em a letter where none is; both would make the
 * drawing depend on the machine. It offers this hook for renderers outside a browser, but its types do not tell.
 */
function measureTextByTable(): void {
  const { textMetrics } = vega as unknown as { readonly textMetrics: TextMetrics };
  textMetrics.width = widthOfItem;
}

interface MeasuredItem {
  readonly fontSize?: number;
  readonly text?: string | number | null;
  /** Longest width in pixels; what is longer is cut there. */
  readonly limit?: number;
}

interface TextMetrics {
  width: typeof widthOfItem;
}

function widthOfItem(item: MeasuredItem, text: MeasuredItem['text'] = item.text): number {
  const width = textWidth(String(text ?? ''), item.fontSize ?? SMALL_TEXT_SIZE);
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}

/** Rounds coordinates, drops class names and numbers the ids anew; text between the tags stays as it is. */
function tidied(svg: string, id: string): string {
  const ids = new Map<string, string>();
  const renamed = (old: string): string => {
    const name = ids.get(old) ?? `${id}-${ids.size + 1}`;
    ids.set(old, name);
    return name;
  };
  return svg.replace(/<[^>]*>/g, (tag) =>
    tag
      .replace(/ class="[^"]*"/g, '')
      .replace(/ (?:d|transform|[xy][12]?|width|height|viewBox)="[^"]*"/g, rounded)
      .replace(/(?<=url\(#| id=")[^")]+/g, renamed),
  );
}

function rounded(attribute: string): string {
  return attribute.replace(/-?\d*\.\d{3,}(?:e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2))));
}

/** Gives the drawing a name for screen readers and for programs that open the file alone. */
function labelled(svg: string, { id, title, caption }: Figure): string {
  const names = `<title id="${id}-title">${escaped(title)}</title><desc id="${id}-text">${escaped(caption)}</desc>`;
  return svg
    .replace('<svg', `<svg role="img" aria-labelledby="${id}-title ${id}-text"`)
    .replace(/(<svg[^>]*>)/, (opening: string) => opening + names);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
