import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../reports/figures/all-figures.ts';
import type { Figure } from '../../reports/figures/figure.ts';
import { renderFigure, standaloneSvg } from '../../reports/render-figure.ts';
import { textWidth } from '../../reports/text-width.ts';
import { experimentResult } from './fixture.ts';

const SMALL: Figure = {
  id: 'small',
  title: 'Small <figure>',
  caption: 'Two points & a line.',
  spec: {
    data: {
      values: [
        { x: 0, y: 1 / 3 },
        { x: 1, y: 2 / 3 },
      ],
    },
    width: 60,
    height: 40,
    mark: { type: 'line', clip: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', axis: { values: [0, 1] } },
      y: { field: 'y', type: 'quantitative', axis: { values: [0, 0.5], title: null } },
    },
  },
};

interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor: string;
  readonly fontSize: number;
}

/** Texts with their absolute places: transforms of the groups around them are added up. */
function labelsOf(svg: string): Label[] {
  const labels: Label[] = [];
  const offsets: { readonly x: number; readonly y: number }[] = [{ x: 0, y: 0 }];
  for (const [, closing, name, attributes, text] of svg.matchAll(/<(\/?)(\w+)([^>]*)>([^<]*)/g)) {
    if (name !== 'g' && name !== 'text') continue;
    if (closing === '/') {
      offsets.pop();
      continue;
    }
    const [, x = '0', y = '0'] = /transform="translate\(([-\d.]+),([-\d.]+)\)/.exec(attributes) ?? [];
    const parent = offsets[offsets.length - 1];
    const place = { x: parent.x + Number(x), y: parent.y + Number(y) };
    offsets.push(place);
    if (name !== 'text' || attributes.includes('rotate') || attributes.includes('opacity="0"')) continue;
    const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1] ?? 'start';
    labels.push({ ...place, text, anchor, fontSize: Number(/font-size="([\d.]+)px"/.exec(attributes)?.[1]) });
  }
  return labels;
}

function overlap(a: Label, b: Label): boolean {
  const box = ({ x, y, text, anchor, fontSize }: Label) => {
    // Half-way between a narrow and a wide font: what is laid out for the wide one must not touch in this one.
    const width = 0.9 * textWidth(text, fontSize);
    const left = anchor === 'end' ? x - width : anchor === 'middle' ? x - width / 2 : x;
    return { left, right: left + width, top: y - 0.7 * fontSize, bottom: y };
  };
  const [one, two] = [box(a), box(b)];
  return one.left < two.right && two.left < one.right && one.top < two.bottom && two.top < one.bottom;
}

describe('a drawn figure', () => {
  test('is the same text every time', async () => {
    const { svg } = await renderFigure(SMALL);
    expect((await renderFigure(SMALL)).svg).toBe(svg);
    expect(svg.replaceAll('><', '>\n<')).toMatchSnapshot();
  });

  test('has the figure’s name and caption for those who do not see it', async () => {
    const { svg } = await renderFigure(SMALL);
    expect(svg).toContain('<title id="small-title">Small &lt;figure&gt;</title>');
    expect(svg).toContain('<desc id="small-text">Two points &amp; a line.</desc>');
    expect(svg).toMatch(/^<svg role="img" aria-labelledby="small-title small-text"/);
  });

  test('numbers its ids under its own name, so that many figures can share a page', async () => {
    const { svg } = await renderFigure(SMALL);
    expect(svg).toContain('clip-path="url(#small-1)"');
    expect(svg).toContain('<clipPath id="small-1">');
  });

  test('rounds coordinates to hundredths of a pixel', async () => {
    const [figure] = figuresOf(experimentResult());
    const { svg } = await renderFigure(figure);
    expect(svg).not.toMatch(/ (?:d|transform|x|y|x1|x2|y1|y2)="[^"]*\d\.\d{3}/);
  });

  test('names its colours, and the standalone file knows them by value on white paper', async () => {
    const drawn = await renderFigure(SMALL);
    expect(drawn.svg).toMatch(/var\(--grid\)/);
    const alone = standaloneSvg(drawn);
    expect(alone).not.toContain('var(');
    expect(alone).toContain('<rect width="100%" height="100%" fill="#ffffff"/>');
  });

  test('leaves texts that look like markup as they are', async () => {
    const policies = ['a class="b" id="c" d="1.23456"', '<script>alert(1)</script>', ']]>&amp;'];
    const drawn = new Map<string, string>();
    for (const figure of figuresOf(experimentResult({ policies, replications: 2 }))) {
      drawn.set(figure.id, (await renderFigure(figure)).svg);
    }
    for (const svg of drawn.values()) expect(svg).not.toContain('<script');
    expect(drawn.get('latency-cdf')).toContain('>a class="b" id="c" d="1.23456"<');
    expect(drawn.get('latency-cdf')).toContain('>]]&gt;&amp;amp;<');
  });

  test.each([
    { policies: ['none'], replications: 1, scaling: true },
    { policies: ['none', 'a much longer name of a policy', 'infaas'], scaling: true },
    { rates: [200, 400, 600, 800], scaling: true },
    { policies: Array.from({ length: 12 }, (_, index) => `policy-${index}`) },
  ])('has no two labels that overlap, with %j', async (options) => {
    for (const figure of figuresOf(experimentResult(options))) {
      // Values beside points may touch where points do; their places are tested with the labels.
      if (figure.id === 'cost-attainment') continue;
      const labels = labelsOf((await renderFigure(figure)).svg);
      expect(labels.length).toBeGreaterThan(3);
      const pairs = labels.flatMap((a, index) => labels.slice(0, index).map((b) => [a, b] as const));
      expect(pairs.filter(([a, b]) => overlap(a, b)).map(([a, b]) => `${figure.id}: ${a.text} | ${b.text}`)).toEqual(
        [],
      );
    }
  });
});
