import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeLabels, placeLabels } from '../../reports/figures/place-labels.ts';
import type { LabelledPoint } from '../../reports/figures/place-labels.ts';
import { textWidth } from '../../reports/text-width.ts';

const FRAME = { width: 900, height: 300, fontSize: 11 };
const point = (x: number, y: number, text = 'policy'): LabelledPoint => ({ x, y, text, barWidth: 0, barHeight: 0 });

describe('labels of points', () => {
  test('a lonely point has its label to the right', () => {
    expect(placeLabels([point(100, 100)], FRAME)).toEqual([{ x: 110, y: 100, align: 'left' }]);
  });

  test('a label avoids the bars of its own point', () => {
    const [label] = placeLabels([{ ...point(100, 100), barWidth: 60, barHeight: 4 }], FRAME);
    expect(label.y).not.toBe(100);
  });

  test('a label at the right edge turns to the left', () => {
    const [label] = placeLabels([point(895, 100)], FRAME);
    expect(label.align).toBe('right');
  });

  test('labels of two neighbours do not overlap', () => {
    const [a, b] = placeLabels([point(100, 100), point(104, 103)], FRAME);
    const apart = Math.abs(a.y - b.y) >= FRAME.fontSize || Math.abs(a.x - b.x) >= textWidth('policy', FRAME.fontSize);
    expect(apart).toBe(true);
  });

  test('every point keeps its label, near the point, however crowded the plot is', () => {
    const coordinate = fc.record({
      x: fc.double({ min: 0, max: 900, noNaN: true }),
      y: fc.double({ min: 0, max: 300, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(coordinate, { maxLength: 30 }), (points) => {
        const labels = placeLabels(
          points.map(({ x, y }) => point(x, y)),
          FRAME,
        );
        expect(labels).toHaveLength(points.length);
        for (const [index, { x, y }] of labels.entries()) {
          expect(Math.hypot(x - points[index].x, y - points[index].y)).toBeLessThan(30);
        }
      }),
    );
  });
});

describe('points that lie on each other', () => {
  const textsOf = (points: readonly LabelledPoint[]): string[] => mergeLabels(points).map(({ text }) => text);

  test('share one label that names a few and counts many', () => {
    expect(textsOf([point(10, 10, 'a'), point(12, 11, 'b'), point(90, 10, 'c')])).toEqual(['a, b', '', 'c']);
    expect(textsOf([point(10, 10, '500'), point(12, 11, '500')])).toEqual(['500', '']);
    expect(textsOf(['a', 'b', 'c', 'd'].map((text) => point(10, 10, text)))).toEqual(['4 cells', '', '', '']);
  });
});

test('wider letters make wider texts, and a text twice as long is twice as wide', () => {
  expect(textWidth('WWW', 10)).toBeGreaterThan(textWidth('iii', 10));
  expect(textWidth('模型', 10)).toBeGreaterThan(textWidth('ab', 10));
  expect(textWidth('abab', 10)).toBeCloseTo(2 * textWidth('ab', 10));
});
