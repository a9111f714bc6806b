import { describe, expect, test } from 'vitest';
import { SERIES_COLOURS, colourVariables, paint, withLightColours } from '../../reports/palette.ts';
import type { ColourName } from '../../reports/palette.ts';

type Triple = readonly [number, number, number];

const shadesOf = (shade: 'light' | 'dark'): ReadonlyMap<string, Triple> =>
  new Map(
    [...colourVariables(shade).matchAll(/--([a-z0-9-]+):(#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, linear(hex)]),
  );

/** Linear-light components of an sRGB colour. */
function linear(hex: string): Triple {
  const part = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

function times(matrix: readonly Triple[], [x, y, z]: Triple): Triple {
  const [a, b, c] = matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);
  return [a, b, c];
}

/** WCAG 2.2: relative luminance and contrast ratio. */
function contrast(a: Triple, b: Triple): number {
  const luminance = ([r, g, blue]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Ottosson 2020. */
function oklab(colour: Triple): Triple {
  const cones = times(
    [
      [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
      [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
      [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ],
    colour,
  );
  const [l, m, s] = cones.map(Math.cbrt);
  return times(
    [
      [0.210_454_255_3, 0.793_617_785, -0.004_072_046_8],
      [1.977_998_495_1, -2.428_592_205, 0.450_593_709_9],
      [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766],
    ],
    [l, m, s],
  );
}

/** Machado, Oliveira and Fernandes 2009, severity 1. */
const SIGHTS: Readonly<Record<string, readonly Triple[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152_286, 1.052_583, -0.204_868],
    [0.114_503, 0.786_281, 0.099_216],
    [-0.003_882, -0.048_116, 1.051_998],
  ],
  deuteranopia: [
    [0.367_322, 0.860_646, -0.227_968],
    [0.280_085, 0.672_501, 0.047_413],
    [-0.011_82, 0.042_94, 0.968_881],
  ],
  tritanopia: [
    [1.255_528, -0.076_749, -0.178_779],
    [-0.078_411, 0.930_809, 0.147_602],
    [0.004_733, 0.691_367, 0.3039],
  ],
};

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

function seen(colour: Triple, sight: string): Triple {
  const [r, g, b] = times(SIGHTS[sight], colour).map(clamp);
  return oklab([r, g, b]);
}

describe.each(['light', 'dark'] as const)('%s colours', (shade) => {
  const shades = shadesOf(shade);
  const colour = (name: ColourName): Triple => shades.get(name) ?? [0, 0, 0];

  test.each([
    ['normal', 0.1],
    ['protanopia', 0.1],
    ['deuteranopia', 0.1],
    ['tritanopia', 0.08],
  ])('series stay apart under %s', (sight, least) => {
    const all = SERIES_COLOURS.map((name) => seen(colour(name), sight));
    const distances = all.flatMap((a, index) =>
      all.slice(0, index).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])),
    );
    expect(Math.min(...distances)).toBeGreaterThan(least);
  });

  test('series stand out from the paper, and text can be read on paper, page and alarm', () => {
    for (const name of SERIES_COLOURS) expect(contrast(colour(name), colour('paper'))).toBeGreaterThan(3);
    for (const text of ['ink', 'muted', 'good', 'bad'] as const) {
      for (const ground of ['paper', 'page'] as const) {
        expect(contrast(colour(text), colour(ground))).toBeGreaterThan(4.5);
      }
    }
    for (const text of ['ink', 'bad'] as const) expect(contrast(colour(text), colour('alarm'))).toBeGreaterThan(4.5);
  });
});

test('light colours replace the names of colours and nothing else', () => {
  expect(withLightColours(`<g fill="${paint('paper')}" stroke="var(--constructor)"/>`)).toBe(
    '<g fill="#ffffff" stroke="var(--constructor)"/>',
  );
});
