/**
 * What an experiment sweeps over: the parameter whose values are numbers, or quantities of one kind such as "500/s",
 * read into one unit so that they can be an axis.
 */
import { NANOS_PER_MILLISECOND, parseBytes, parseDuration, parsePercent, parseRate } from '../core/index.ts';
import type { CellResult, Parsed } from '../core/index.ts';
import { parameterName, parameterNames } from './grid.ts';

export interface Sweep {
  readonly parameter: string;
  /** Its name for people. */
  readonly label: string;
  /** For an axis, with the unit: "rate, per s". */
  readonly axisTitle: string;
  /** The parameter's value at a cell, in that unit. */
  at(cell: CellResult): number;
}

interface Quantity {
  readonly unit: string;
  readonly parse: (value: string | number) => Parsed<number>;
}

const BYTES_PER_MEGABYTE = 1e6;

/** Ways to read a value, in the order in which they are tried. */
const QUANTITIES: readonly Quantity[] = [
  { unit: '', parse: (value) => (typeof value === 'number' ? { ok: true, value } : NOT_A_NUMBER) },
  { unit: 'per s', parse: parseRate },
  { unit: 'ms', parse: (value) => scaled(parseDuration(value), NANOS_PER_MILLISECOND) },
  { unit: 'MB', parse: (value) => scaled(parseBytes(value), BYTES_PER_MEGABYTE) },
  { unit: '%', parse: parsePercent },
];

const NOT_A_NUMBER: Parsed<number> = { ok: false, expected: 'a number' };

/** The parameter with the most values among those that are numbers, two values at least; null without one. */
export function sweepOf(cells: readonly CellResult[]): Sweep | null {
  let sweep: Sweep | null = null;
  let most = 1;
  const names = parameterNames(cells);
  for (const name of names) {
    const quantity = QUANTITIES.find(({ parse }) => cells.every(({ parameters }) => parse(parameters[name]).ok));
    const values = new Set(cells.map(({ parameters }) => parameters[name])).size;
    if (quantity === undefined || values <= most) continue;
    most = values;
    const label = parameterName(name, names);
    sweep = {
      parameter: name,
      label,
      axisTitle: quantity.unit === '' ? label : `${label}, ${quantity.unit}`,
      at: ({ parameters }) => numberOf(quantity.parse(parameters[name])),
    };
  }
  return sweep;
}

function scaled(parsed: Parsed<number>, unit: number): Parsed<number> {
  return parsed.ok ? { ok: true, value: parsed.value / unit } : parsed;
}

function numberOf(parsed: Parsed<number>): number {
  return parsed.ok ? parsed.value : Number.NaN;
}
