/**
 * Finds places for the labels of points so that they cover neither each other nor a point: greedy, in order, over a
 * few positions around each point, the one with the least overlap. Deterministic; a crowded plot keeps every label,
 * even if two of them touch.
 */
import { textWidth } from '../text-width.ts';

export interface LabelledPoint {
  /** In pixels, from the top left corner of the plot. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
  /** Lengths of the bars that cross at the point, in pixels. */
  readonly barWidth: number;
  readonly barHeight: number;
}

export type LabelAlign = 'left' | 'center' | 'right';

export interface PlacedLabel {
  /** Where the text is anchored: its `align` edge, and its middle. */
  readonly x: number;
  readonly y: number;
  readonly align: LabelAlign;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface LabelFrame {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
}

/** Distance between a point's middle and its label. */
const REACH = 10;
const POINT_RADIUS = 6;
const BAR_THICKNESS = 3;
/** Names that a common label lists. */
const NAMES_MAX = 3;
/** Offsets from the point in units of `REACH`, best first. */
const POSITIONS: readonly { readonly dx: number; readonly dy: number; readonly align: LabelAlign }[] = [
  { dx: 1, dy: 0, align: 'left' },
  { dx: 0.6, dy: -1.1, align: 'left' },
  { dx: 0.6, dy: 1.1, align: 'left' },
  { dx: -1, dy: 0, align: 'right' },
  { dx: -0.6, dy: -1.1, align: 'right' },
  { dx: -0.6, dy: 1.1, align: 'right' },
  { dx: 0, dy: -1.5, align: 'center' },
  { dx: 0, dy: 1.5, align: 'center' },
  { dx: 0, dy: -2.4, align: 'center' },
  { dx: 0, dy: 2.4, align: 'center' },
  { dx: 0.6, dy: -2.2, align: 'left' },
  { dx: 0.6, dy: 2.2, align: 'left' },
  { dx: -0.6, dy: -2.2, align: 'right' },
  { dx: -0.6, dy: 2.2, align: 'right' },
];

/** A place for each label, in the order of the points. */
export function placeLabels(points: readonly LabelledPoint[], frame: LabelFrame): PlacedLabel[] {
  const taken = points.flatMap(({ x, y, barWidth, barHeight }) => [
    boxAround(x, y, 2 * POINT_RADIUS, 2 * POINT_RADIUS),
    boxAround(x, y, barWidth, BAR_THICKNESS),
    boxAround(x, y, BAR_THICKNESS, barHeight),
  ]);
  return points.map((point) => {
    let best: { readonly label: PlacedLabel; readonly box: Box } | undefined;
    let leastCost = Number.POSITIVE_INFINITY;
    for (const [rank, { dx, dy, align }] of POSITIONS.entries()) {
      const label = { x: point.x + dx * REACH, y: point.y + dy * REACH, align };
      const box = boxOf(label, point.text, frame.fontSize);
      // Rank breaks ties: of two free places the better one.
      const cost = rank * 0.01 + outside(box, frame) + taken.reduce((sum, other) => sum + overlap(box, other), 0);
      if (cost < leastCost) {
        leastCost = cost;
        best = { label, box };
      }
    }
    if (best === undefined) return { x: point.x, y: point.y, align: 'left' };
    taken.push(best.box);
    return best.label;
  });
}

/**
 * One label for points that lie on each other: the names of a few, the number of many. The first point of a heap keeps
 * the label, the others have an empty one.
 */
export function mergeLabels(points: readonly LabelledPoint[]): LabelledPoint[] {
  const heaps: { readonly first: number; readonly texts: string[] }[] = [];
  for (const [index, { x, y, text }] of points.entries()) {
    const heap = heaps.find(({ first }) => Math.hypot(points[first].x - x, points[first].y - y) < POINT_RADIUS);
    if (heap === undefined) heaps.push({ first: index, texts: [text] });
    else heap.texts.push(text);
  }
  const labels = new Map(heaps.map(({ first, texts }) => [first, heapText(texts)]));
  return points.map((point, index) => ({ ...point, text: labels.get(index) ?? '' }));
}

function heapText(texts: readonly string[]): string {
  const names = [...new Set(texts)];
  return names.length <= NAMES_MAX ? names.join(', ') : `${texts.length} cells`;
}

function boxOf({ x, y, align }: PlacedLabel, text: string, fontSize: number): Box {
  const width = textWidth(text, fontSize);
  const left = align === 'left' ? x : align === 'right' ? x - width : x - width / 2;
  return { left, right: left + width, top: y - fontSize / 2, bottom: y + fontSize / 2 };
}

function boxAround(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

/** Shared area in square pixels. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Area of a box outside the frame; leaving it is worse than covering something. */
function outside(box: Box, { width, height }: LabelFrame): number {
  const area = (box.right - box.left) * (box.bottom - box.top);
  return 4 * (area - overlap(box, { left: 0, top: 0, right: width, bottom: height }));
}
