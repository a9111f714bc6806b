/** Reads the cells of one row as numbers, and words what is wrong with them. */
import type { Nanos } from '../../core/index.ts';
import type { BadRowKind, RowFault } from './bad-rows.ts';
import { rowError } from './bad-rows.ts';
import type { TimeColumn } from './time-column.ts';

export interface NumberRule {
  readonly kind: BadRowKind;
  readonly minimum: number;
  readonly maximum?: number;
  readonly whole?: boolean;
  /** The minimum itself is bad. */
  readonly above?: boolean;
  /** What an empty cell means; without it an empty cell is bad. */
  readonly blank?: number;
}

export class RowCells {
  /** The line that is being read; set before the cells of a row are read. */
  line = 0;
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get place(): string {
    return `${this.path}:${this.line}`;
  }

  fail(fault: RowFault): never {
    throw rowError(this.place, fault);
  }

  number(column: string, text: string, rule: NumberRule): number {
    if (text === '' && rule.blank !== undefined) return rule.blank;
    const value = text === '' ? Number.NaN : Number(text);
    const highEnough = rule.above === true ? value > rule.minimum : value >= rule.minimum;
    const lowEnough = value <= (rule.maximum ?? Number.MAX_SAFE_INTEGER);
    if (highEnough && lowEnough && (rule.whole !== true || Number.isInteger(value))) return value;
    return this.fail({
      kind: rule.kind,
      message: `column ${column} cannot be used`,
      found: shown(text),
      expected: expectedBy(rule),
    });
  }

  time(column: string, text: string, times: TimeColumn): Nanos {
    const atNs = times.read(text);
    if (!Number.isNaN(atNs)) return atNs;
    return this.fail({
      kind: 'time',
      message: `column ${column} holds no time`,
      found: shown(text),
      expected: times.expected,
    });
  }
}

function expectedBy(rule: NumberRule): string {
  const whole = rule.whole === true ? 'whole ' : '';
  const from = rule.above === true ? 'above' : 'of at least';
  const upTo = rule.maximum === undefined ? '' : ` and at most ${rule.maximum}`;
  return `a ${whole}number ${from} ${rule.minimum}${upTo}`;
}

function shown(text: string): string {
  return text === '' ? 'an empty cell' : `"${text}"`;
}
