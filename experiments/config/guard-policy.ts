/**
 * Stands between a run and a user's policy: what their code throws, and what it answers that cannot be, ends as one
 * error that names their file, in simulation, live, and where a config is tried. Built-in policies have laws instead
 * and are not guarded. Invariant: an answer that passes is passed on as it is.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type {
  DispatchPolicy,
  Family,
  PolicyContext,
  PolicyDefinition,
  PolicyModule,
  SlotQueue,
} from '../../core/index.ts';
import { HOLD, NEVER, NONE, READY, REASONS, START, ServingError, ServingErrors, UP } from '../../core/index.ts';

/** Where a policy comes from: for messages. */
interface Source {
  /** Absolute, or relative to the working folder. */
  readonly file: string;
  readonly policy: string;
}

type Tables = Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>;

/** What a function of a family may answer. */
interface Rule {
  readonly expected: string;
  readonly isOptional?: boolean;
  readonly fits: (answer: unknown, asked: readonly unknown[], tables: Tables) => boolean;
}

const DURATION = 'a whole number of nanoseconds above 0';
const tells: Rule = { expected: 'nothing', isOptional: true, fits: () => true };

const RULES: Readonly<Record<Family, Readonly<Record<string, Rule>>>> = {
  selection: {
    select: {
      expected: 'the index of a variant, or NONE',
      fits: (answer, _, { catalogue }) => answer === NONE || isIn(catalogue.variants, answer),
    },
  },
  admission: {
    admit: { expected: '0 to admit, or the code of a reason to refuse', fits: (answer) => isIn(REASONS, answer) },
    expires: { expected: 'true or false', isOptional: true, fits: (answer) => typeof answer === 'boolean' },
  },
  dispatch: {
    assign: {
      expected: 'a ready worker of the variant, HOLD, START or NONE',
      fits: (answer, [, variant], { fleet }) =>
        answer === HOLD ||
        answer === START ||
        answer === NONE ||
        (typeof answer === 'number' && fleet.state[answer] === READY && fleet.variant[answer] === variant),
    },
    cold: {
      expected: 'HOLD, START or NONE',
      isOptional: true,
      fits: (answer) => answer === HOLD || answer === START || answer === NONE,
    },
    wake: {
      expected: 'a list of workers',
      isOptional: true,
      fits: (answer, _, { fleet }) => Array.isArray(answer) && answer.every((each) => fleet.state[each] !== undefined),
    },
    lapsed: { expected: 'true or false', isOptional: true, fits: (answer) => typeof answer === 'boolean' },
    pull: {
      expected: 'a position among those that wait, or NONE',
      isOptional: true,
      // The second argument is the queue, as `DispatchPolicy` says.
      fits: (answer, [, waiting]) => isWhole(answer, NONE) && answer < (waiting as SlotQueue).length,
    },
  },
  batching: {
    limit: { expected: 'a number of inputs, at least 1', fits: (answer) => typeof answer === 'number' && answer >= 1 },
    startAt: { expected: 'a whole number of nanoseconds, or NEVER', fits: (answer) => Number.isSafeInteger(answer) },
    finished: tells,
    started: tells,
  },
  placement: {
    place: {
      expected: 'a machine that is up, or NONE',
      fits: (answer, _, { fleet }) =>
        answer === NONE || (typeof answer === 'number' && fleet.machines.state[answer] === UP),
    },
  },
  'model-scaling': {
    decide: {
      expected: 'a list of { variant, delta, reason } with whole deltas',
      fits: (answer, _, { catalogue }) => isChanges(answer, 'variant', catalogue.variants),
    },
  },
  'machine-scaling': {
    decide: {
      expected: 'a list of { type, delta, reason } with whole deltas',
      fits: (answer, _, { catalogue }) => isChanges(answer, 'type', catalogue.machineTypes),
    },
  },
};

/**
 * The same policies behind the guard, whose functions throw `RUN_POLICY_FAILED` and `RUN_POLICY_ANSWER`.
 *
 * @param file how the file is called in messages: absolute, or relative to the working folder.
 * @throws ServingError `POLICY_CREATE` when a family lacks a function or a period.
 */
export function guardedModule(
  module: PolicyModule,
  { name, families }: Pick<PolicyDefinition, 'name' | 'families'>,
  { file, tables }: { readonly file: string; readonly tables: Tables },
): PolicyModule {
  const source = { file, policy: name };
  return Object.fromEntries(
    families.map((family) => [family, guardedPart(module[family], family, { tables, source })]),
  );
}

function guardedPart(
  own: PolicyModule[Family],
  family: Family,
  { tables, source }: { readonly tables: Tables; readonly source: Source },
): object {
  // A user's file may hold anything, whatever the types say.
  const part = typeof own === 'object' && own !== null ? own : {};
  const guarded: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(RULES[family])) {
    const method: unknown = Reflect.get(part, name);
    if (method === undefined && rule.isOptional === true) continue;
    if (typeof method !== 'function') {
      throw unusable(source, `${family}.${name}`, { found: method, expected: 'a function' });
    }
    const call = `${family}.${name}()`;
    guarded[name] = (...asked: unknown[]) => {
      const answer = answerOf(() => Reflect.apply(method, part, asked), call, source);
      if (rule.fits(answer, asked, tables)) return answer;
      throw badAnswer(source, call, { found: answer, expected: rule.expected });
    };
  }
  if (family === 'dispatch') {
    const isSet = (flag: keyof DispatchPolicy): boolean => Reflect.get(part, flag) === true;
    const flags = { reselects: isSet('reselects'), countsStarts: isSet('countsStarts') };
    return { ...guarded, ...reviewPeriod(part, source), ...flags };
  }
  if (!family.endsWith('scaling')) return guarded;
  const periodNs: unknown = Reflect.get(part, 'periodNs');
  if (!isWhole(periodNs, 1)) throw unusable(source, `${family}.periodNs`, { found: periodNs, expected: DURATION });
  return { ...guarded, periodNs };
}

/** How often a dispatch policy has what is held reviewed, where it says so. */
function reviewPeriod(part: object, source: Source): { readonly reviewNs?: number } {
  const reviewNs: unknown = Reflect.get(part, 'reviewNs');
  if (reviewNs === undefined) return {};
  if (isWhole(reviewNs, 1) && reviewNs < NEVER) return { reviewNs };
  throw unusable(source, 'dispatch.reviewNs', { found: reviewNs, expected: DURATION });
}

function answerOf(ask: () => unknown, call: string, source: Source): unknown {
  try {
    return ask();
  } catch (cause) {
    // What another guard has told is not told again.
    throw cause instanceof ServingError || cause instanceof ServingErrors ? cause : failure(source, call, cause);
  }
}

interface Complaint {
  readonly found: unknown;
  readonly expected: string;
}

function unusable({ file, policy }: Source, part: string, { found, expected }: Complaint): ServingError {
  const message = `create() of policy ${policy} gives no usable ${part}`;
  return new ServingError({ code: 'POLICY_CREATE', place: file, message, found: told(found), expected });
}

function badAnswer({ file, policy }: Source, call: string, { found, expected }: Complaint): ServingError {
  return new ServingError({
    code: 'RUN_POLICY_ANSWER',
    place: file,
    message: `${call} of policy ${policy} answered what cannot be`,
    found: told(found),
    expected,
    next: 'mend the policy file and run again',
  });
}

function failure({ file, policy }: Source, call: string, cause: unknown): ServingError {
  const line = cause instanceof Error ? lineIn(cause.stack ?? '', resolve(file)) : undefined;
  return new ServingError({
    code: 'RUN_POLICY_FAILED',
    place: line === undefined ? file : `${file}:${line}`,
    message: `${call} of policy ${policy} threw`,
    found: told(cause),
    next: 'mend the policy file and run again',
    cause,
  });
}

/**
 * The line of the topmost stack frame inside the file. Frames name a file by path or as a URL, and one that was
 * compiled while loading carries a query. Undefined for a file that was loaded as CommonJS: its frames name none.
 */
function lineIn(stack: string, file: string): string | undefined {
  for (const name of [file, pathToFileURL(file).href]) {
    const at = stack.indexOf(name);
    const line = at < 0 ? undefined : /^(?:\?[^:)]*)?:(\d+)/.exec(stack.slice(at + name.length))?.[1];
    if (line !== undefined) return line;
  }
  return undefined;
}

function isIn(list: readonly unknown[], index: unknown): boolean {
  return typeof index === 'number' && list[index] !== undefined;
}

function isWhole(value: unknown, minimum: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= minimum;
}

/** Whether all are changes of something that exists. @param key what of a change is an index into the list. */
function isChanges(changes: unknown, key: 'variant' | 'type', list: readonly unknown[]): boolean {
  if (!Array.isArray(changes)) return false;
  return changes.every((change: unknown) => {
    if (typeof change !== 'object' || change === null) return false;
    const { delta, reason, [key]: index } = change as Readonly<Record<string, unknown>>; // Its values are checked here.
    return isIn(list, index) && Number.isSafeInteger(delta) && typeof reason === 'string';
  });
}

/** A value or an error in one short line. */
function told(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : inspect(value, { depth: 1 });
  const line = text.replaceAll(/\s*\n\s*/g, ' ');
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}
