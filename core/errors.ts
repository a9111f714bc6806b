/**
 * The two kinds of error. A `ServingError` is the user's to mend: it names the place, the value found,
 * what was expected and the next step, and is printed without a stack trace. An `InvariantError` is ours:
 * it stops the run and keeps its stack.
 */

export interface ServingErrorParts {
  /** Stable name of the problem, `AREA_PROBLEM`. */
  readonly code: string;
  /** What is wrong, without the place. */
  readonly message: string;
  /** `file:line` or another place the user can go to. */
  readonly place?: string;
  /** The value found, as the user wrote it. */
  readonly found?: string;
  /** The name that was probably meant; it is told before all that would have been accepted. */
  readonly meant?: string;
  /** What would have been accepted. */
  readonly expected?: string;
  /** What to do next. */
  readonly next?: string;
  readonly cause?: unknown;
}

/** A mistake or a failure outside the program, told in one message. */
export class ServingError extends Error {
  readonly code: string;
  readonly parts: ServingErrorParts;

  constructor(parts: ServingErrorParts) {
    super(sentence(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'ServingError';
    this.code = parts.code;
    this.parts = parts;
  }
}

/** Several mistakes of one input, reported together. The message has one line for each. */
export class ServingErrors extends Error {
  readonly errors: readonly ServingError[];

  constructor(errors: readonly ServingError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.name = 'ServingErrors';
    this.errors = errors;
  }
}

function sentence(parts: ServingErrorParts): string {
  const place = parts.place === undefined ? '' : `${parts.place}: `;
  const found = parts.found === undefined ? '' : `; found ${parts.found}`;
  const meant = parts.meant === undefined ? '' : `; did you mean ${JSON.stringify(parts.meant)}?`;
  const expected = parts.expected === undefined ? '' : `${meant === '' ? ';' : ''} expected ${parts.expected}`;
  const next = parts.next === undefined ? '' : `; ${parts.next}`;
  return `${place}${parts.message}${found}${meant}${expected}${next}`;
}

/** A broken promise of the program itself. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

/** Stops the run when something that must hold does not. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Ends a `switch` over a closed union; a new member fails to compile here. */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`);
}
