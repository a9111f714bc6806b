// One chart of lines over time, as SVG: axes with round numbers, gaps where nothing is known, and a reading of all
// lines at the time under the pointer, which all charts share.
import { element, setAttribute, setText, svgElement } from './elements.mjs';
import { figure, shortTime, time } from './format.mjs';

const HEIGHT = 168;
const LEFT = 44;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 22;
/** Round steps of an axis, times a power of ten. */
const STEPS = [1, 2, 2.5, 5, 10];

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} colour A CSS variable.
 * @property {boolean} [isFilled] Whether the area below is tinted.
 * @property {boolean} [isDashed]
 * @property {boolean} [isStepped]
 * @property {(points: Map<string, (number | null)[]>, i: number) => number | null} at
 */

/**
 * @typedef {object} ChartSpec
 * @property {string} title
 * @property {string} unit
 * @property {readonly Line[]} lines
 * @property {number} [topLeast] The axis reaches this far at least.
 * @property {number} [top] Where the axis ends, whatever the values.
 * @property {boolean} [isZoomed] The axis begins near the least value, not at zero.
 * @property {string} hint What to say while there is nothing to draw.
 */

export class Chart {
  /** @param {ChartSpec} spec @param {(atS: number | null) => void} onHover */
  constructor(spec, onHover) {
    this.spec = spec;
    this.onHover = onHover;
    this.readings = spec.lines.map(({ name, colour, isDashed }) => {
      const swatch = element('span', { class: isDashed ? 'swatch dashed' : 'swatch' });
      swatch.style.borderColor = `var(${colour})`;
      const value = element('b', {});
      return { node: element('li', {}, swatch, name, value), value };
    });
    this.when = element('span', { class: 'when', hidden: true });
    this.svg = svgElement('svg', { role: 'img', preserveAspectRatio: 'none' });
    this.hint = element('p', { class: 'hint', hidden: true }, element('span', {}, spec.hint));
    const title = element('h3', {}, spec.title, element('span', {}, spec.unit), this.when);
    const legend = element('ul', { class: 'legend' }, ...this.readings.map(({ node }) => node));
    this.node = element('figure', { class: 'chart' }, element('figcaption', {}, title, legend), this.svg, this.hint);
    this.svg.addEventListener('pointermove', (event) => this.point(event));
    this.svg.addEventListener('pointerleave', () => onHover(null));
  }

  /** @param {{ points: Map<string, (number | null)[]> | undefined, endS: number, rangeS: number, hoverS: number | null }} state */
  draw({ points, endS, rangeS, hoverS }) {
    const width = Math.max(160, this.svg.clientWidth || 320);
    const startS = endS - rangeS;
    const times = points?.get('atS') ?? [];
    const first = Math.max(0, times.findIndex((atS) => atS >= startS) - 1);
    const lines = this.spec.lines.map((line) => {
      return times.map((_, i) => (i < first || points === undefined ? null : line.at(points, i)));
    });
    const known = lines.flat().filter((value) => value !== null);
    const [bottom, top, step] = axis(this.spec, known);
    const x = (atS) => LEFT + ((atS - startS) / rangeS) * (width - LEFT - RIGHT);
    const y = (value) => TOP + (1 - (value - bottom) / (top - bottom)) * (HEIGHT - TOP - BOTTOM);
    const frame = { x, y, bottom, top, step, width, startS, endS, rangeS };
    this.frame = frame;
    const parts = [...yAxis(frame), ...timeAxis(frame)];
    const clip = { times, first, x, y, base: y(bottom) };
    this.spec.lines.forEach((line, i) => {
      // A second line that is nothing but zero would only paint the axis.
      if (i === 0 || lines[i].some((value) => value !== null && value !== 0))
        parts.push(...drawnLine(line, lines[i], clip));
    });
    const index = hoverS === null ? times.length - 1 : nearest(times, hoverS, first);
    if (hoverS !== null && index >= 0) {
      const at = x(times[index]);
      parts.push(svgElement('line', { class: 'cross', x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM }));
    }
    setAttribute(this.svg, 'viewBox', `0 0 ${width} ${HEIGHT}`);
    this.svg.replaceChildren(...parts);
    this.readings.forEach(({ value }, i) => setText(value, figure(lines[i][index])));
    this.when.hidden = hoverS === null || index < 0;
    if (!this.when.hidden) setText(this.when, time(times[index] * 1000));
    this.hint.hidden = known.some((value) => value !== 0) || (known.length > 0 && this.spec.top !== undefined);
    // A description is for those who do not see the lines; the legend has the figures.
    setAttribute(
      this.svg,
      'aria-label',
      `${this.spec.title} ${this.spec.unit}, over the last ${Math.round(rangeS / 60)} min`,
    );
  }

  point({ clientX }) {
    if (this.frame === undefined) return;
    const { width, startS, rangeS } = this.frame;
    const box = this.svg.getBoundingClientRect();
    const at = ((clientX - box.left) / box.width) * width;
    this.onHover(startS + ((at - LEFT) / (width - LEFT - RIGHT)) * rangeS);
  }
}

/** Bottom, top and step of the value axis: about four round steps. */
function axis({ top: fixedTop, topLeast = 1, isZoomed = false }, known) {
  const largest = fixedTop ?? Math.max(topLeast, ...known);
  const least = isZoomed && known.length > 0 ? Math.min(...known) : 0;
  const step = roundStep((largest - least || largest) / 4);
  const bottom = isZoomed ? Math.max(0, Math.floor((least - step / 2) / step) * step) : 0;
  return [bottom, fixedTop ?? Math.ceil(largest / step - 1e-9) * step, step];
}

function roundStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  return (STEPS.find((step) => step * power >= raw) ?? 10) * power;
}

function yAxis({ y, bottom, top, step, width }) {
  const parts = [];
  for (let i = 0; bottom + i * step <= top * 1.0001; i += 1) {
    const value = bottom + i * step;
    const at = y(value);
    parts.push(
      svgElement('line', { class: i === 0 ? 'base' : 'grid', x1: LEFT, x2: width - RIGHT, y1: at, y2: at }),
      svgElement('text', { x: LEFT - 8, y: at + 4, 'text-anchor': 'end' }, figure(Number(value.toPrecision(6)))),
    );
  }
  return parts;
}

function timeAxis({ x, startS, endS, rangeS }) {
  const stepS = rangeS <= 60 ? 15 : rangeS <= 300 ? 60 : 180;
  const parts = [];
  // Whole steps of the reader's own clock.
  const offsetS = new Date(endS * 1000).getTimezoneOffset() * 60;
  for (let atS = Math.ceil((startS - offsetS) / stepS) * stepS + offsetS; atS <= endS; atS += stepS) {
    const text = rangeS <= 60 ? time(atS * 1000) : shortTime(atS * 1000);
    const half = rangeS <= 60 ? 24 : 15;
    const at = x(atS);
    if (at < LEFT + half - 6 || at > x(endS) - half + 8) continue;
    parts.push(svgElement('text', { x: at, y: HEIGHT - 5, 'text-anchor': 'middle' }, text));
  }
  return parts;
}

function drawnLine(
  { colour, isFilled = false, isDashed = false, isStepped = false },
  values,
  { times, first, x, y, base },
) {
  const runs = [];
  let run;
  for (let i = first; i < times.length; i += 1) {
    if (values[i] === null) run = undefined;
    else {
      if (run === undefined) runs.push((run = []));
      run.push([Math.max(LEFT, x(times[i])).toFixed(1), y(values[i]).toFixed(1)]);
    }
  }
  const path = runs.map((points) => pathOf(points, isStepped)).join('');
  const parts = [];
  if (isFilled) {
    const areas = runs
      .map((points) => `${pathOf(points, isStepped)}V${base.toFixed(1)}H${String(points[0][0])}Z`)
      .join('');
    parts.push(painted('area', areas, 'fill', colour));
  }
  const line = painted('line', path, 'stroke', colour);
  if (isDashed) line.setAttribute('stroke-dasharray', '5 4');
  return [...parts, line];
}

function painted(name, d, property, colour) {
  const node = svgElement('path', { class: name, d });
  node.style[property] = `var(${colour})`;
  return node;
}

function pathOf(points, isStepped) {
  const [[startX, startY], ...rest] = points;
  // A single second is a dot.
  if (rest.length === 0) return `M${startX} ${startY}h0.1`;
  return `M${startX} ${startY}${rest.map(([x, y]) => (isStepped ? `H${x}V${y}` : `L${x} ${y}`)).join('')}`;
}

function nearest(times, atS, first) {
  let best = -1;
  for (let i = first; i < times.length; i += 1) {
    if (best < 0 || Math.abs(times[i] - atS) < Math.abs(times[best] - atS)) best = i;
  }
  return best;
}
