/**
 * Bad rows: what they are called, how they are reported, and their count when they are skipped. A file that cannot be
 * read at all is no bad row and always stops the reading.
 */
import { ServingError } from '../../core/index.ts';

/** Why a row is bad: the part of it that does not hold. */
export type BadRowKind =
  | 'syntax'
  | 'columns'
  | 'time'
  | 'order'
  | 'inputs'
  | 'latency'
  | 'accuracy'
  | 'count'
  | 'value';

/** What is told of skipped rows. Plain data, which crosses threads. */
export interface BadRowSummary {
  readonly total: number;
  readonly byKind: Readonly<Partial<Record<BadRowKind, number>>>;
  /** The message of the first one, '' if there is none. */
  readonly first: string;
}

export interface RowFault {
  readonly kind: BadRowKind;
  readonly message: string;
  readonly found: string;
  readonly expected: string;
  /** What to do, where it is not to mend the row. */
  readonly next?: string;
}

const CODE_PREFIX = 'TRACE_ROW_';
const FOUND_LENGTH_MAX = 120;

/** The error of one bad row; its code is `TRACE_ROW_TIME` and so on. */
export function rowError(place: string, fault: RowFault): ServingError {
  return new ServingError({
    code: `${CODE_PREFIX}${fault.kind.toUpperCase()}`,
    place,
    message: fault.message,
    found: shorten(fault.found),
    expected: fault.expected,
    next: fault.next ?? 'mend the row, or skip bad rows (badRows: skip)',
  });
}

/** Takes bad rows: throws the first, or counts them all. */
export class BadRows {
  private readonly skipping: boolean;
  private readonly counts = new Map<BadRowKind, number>();
  private first = '';

  constructor(mode: 'fail' | 'skip' = 'fail') {
    this.skipping = mode === 'skip';
  }

  /** @param error what reading the row threw. Anything but a bad row that may be skipped is thrown on. */
  take(error: unknown): void {
    const isRow = error instanceof ServingError && error.code.startsWith(CODE_PREFIX);
    if (!isRow || !this.skipping) throw error;
    // Only `rowError` makes these codes, from a kind.
    const kind = error.code.slice(CODE_PREFIX.length).toLowerCase() as BadRowKind;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (this.first === '') this.first = error.message;
  }

  get summary(): BadRowSummary {
    const total = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    const kinds = [...this.counts.entries()].sort(([left], [right]) => (left < right ? -1 : 1));
    return { total, byKind: Object.fromEntries(kinds), first: this.first };
  }
}

function shorten(text: string): string {
  return text.length <= FOUND_LENGTH_MAX ? text : `${text.slice(0, FOUND_LENGTH_MAX)}...`;
}
