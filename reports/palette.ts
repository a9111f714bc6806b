/**
 * The colours of a report, each for light and for dark paper. Figures name them (`paint('ink')`) and never a value:
 * inside the HTML page they are CSS variables, in a figure on its own the light values. No colour stands alone:
 * series also differ by dash or shape.
 *
 * The six series colours keep an OKLab distance of at least 0.10 from each other under normal sight, protanopia and
 * deuteranopia, and of 0.08 under tritanopia (Machado et al. 2009, severity 1; the Okabe-Ito set reaches 0.076), and
 * a contrast of at least 3:1 with the paper (WCAG 2.2, 1.4.11); all text reaches 4.5:1 (1.4.3).
 */

interface Shades {
  readonly light: string;
  readonly dark: string;
}

const COLOURS = {
  paper: { light: '#ffffff', dark: '#15181c' },
  page: { light: '#f6f7f8', dark: '#0e1013' },
  ink: { light: '#1b1f24', dark: '#e4e7ea' },
  muted: { light: '#5a636d', dark: '#9ba5af' },
  rule: { light: '#c9cfd5', dark: '#434b54' },
  grid: { light: '#e6e9ec', dark: '#2a3037' },
  band: { light: '#bcc4cc', dark: '#4f5963' },
  good: { light: '#1d6b5f', dark: '#75e7c5' },
  bad: { light: '#a93a01', dark: '#f08a4b' },
  alarm: { light: '#fdf1ea', dark: '#2c1a10' },
  'series-1': { light: '#3b6fb5', dark: '#2e86ea' },
  'series-2': { light: '#a93a01', dark: '#c46a1a' },
  'series-3': { light: '#2f9d8c', dark: '#75e7c5' },
  'series-4': { light: '#c17d03', dark: '#e1ba11' },
  'series-5': { light: '#7d1f5a', dark: '#e67197' },
  'series-6': { light: '#4b2aaa', dark: '#ada0fe' },
} as const satisfies Record<string, Shades>;

export type ColourName = keyof typeof COLOURS;

/** Colours of series in order; a seventh series starts over with another dash. */
export const SERIES_COLOURS = [
  'series-1',
  'series-2',
  'series-3',
  'series-4',
  'series-5',
  'series-6',
] as const satisfies readonly ColourName[];

/** A colour as a figure names it. */
export function paint(name: ColourName): string {
  return `var(--${name})`;
}

/** CSS declarations that give every colour its value. */
export function colourVariables(shade: keyof Shades): string {
  return Object.entries(COLOURS)
    .map(([name, shades]) => `--${name}:${shades[shade]};`)
    .join('');
}

/** An SVG with its named colours replaced by the light values, for programs that know no CSS variables. */
export function withLightColours(svg: string): string {
  return svg.replace(/var\(--([a-z0-9-]+)\)/g, (named, name: string) => lightOf(name) ?? named);
}

function lightOf(name: string): string | undefined {
  const shades: Readonly<Record<string, Shades>> = COLOURS;
  return Object.hasOwn(shades, name) ? shades[name].light : undefined;
}
