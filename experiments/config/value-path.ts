/**
 * Paths into a config: how they are written for people (`policies[1].batching.max_batch`), how a path that a person
 * wrote finds its value, and how one value is replaced without touching the rest. It knows nothing of what is valid.
 */
import type { ValuePath } from '../../backends/index.ts';

/** A path for people. */
export function pathText(path: ValuePath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** The value at a path, or undefined where the path leads nowhere. */
export function valueAt(data: unknown, path: ValuePath): unknown {
  let here = data;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

/**
 * Finds the path that a text means in the data: maps by key, lists by index (`queries[0]`, `queries.0`) or by the
 * entry's `name` (`policies.fixed-8`). Keys may contain dots (`fleet.machines.m5.2xlarge`). Steps below the end of
 * what is there are taken as keys to be made; undefined when a step cannot be taken.
 */
export function findPath(data: unknown, text: string): ValuePath | undefined {
  const steps = text.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  if (steps.includes('')) return undefined;
  const path: (string | number)[] = [];
  let here = data;
  for (let at = 0; at < steps.length;) {
    const taken =
      here === undefined || here === null ? { step: steps[at], length: 1 } : nextStep(here, steps.slice(at));
    if (taken === undefined) return undefined;
    path.push(taken.step);
    here = valueAt(here, [taken.step]);
    at += taken.length;
  }
  return path;
}

/** The data with one value replaced; maps on the way that are missing are made. Nothing given is changed. */
export function withValue(data: unknown, path: ValuePath, value: unknown): unknown {
  if (path.length === 0) return value;
  const [step, ...rest] = path;
  const replaced = withValue(valueAt(data, [step]), rest, value);
  if (Array.isArray(data)) return data.map((entry: unknown, index) => (index === step ? replaced : entry));
  const map = typeof data === 'object' && data !== null ? data : {};
  return { ...map, [step]: replaced };
}

/** Whether one path is another or lies below it. */
export function isWithin(path: ValuePath, above: ValuePath): boolean {
  return above.length <= path.length && above.every((step, index) => step === path[index]);
}

function nextStep(here: unknown, steps: readonly string[]): { step: string | number; length: number } | undefined {
  if (Array.isArray(here)) {
    if (/^\d+$/.test(steps[0]) && Number(steps[0]) < here.length) return { step: Number(steps[0]), length: 1 };
    const names: readonly unknown[] = here.map((entry: unknown) => valueAt(entry, ['name']));
    return longest(steps, (name) => (names.includes(name) ? names.indexOf(name) : undefined));
  }
  if (typeof here !== 'object' || here === null) return undefined;
  return longest(steps, (key) => (Object.hasOwn(here, key) ? key : undefined)) ?? { step: steps[0], length: 1 };
}

/** The longest run of steps that, joined by dots, is something: keys and names may contain dots themselves. */
function longest(
  steps: readonly string[],
  known: (name: string) => string | number | undefined,
): { step: string | number; length: number } | undefined {
  for (let length = steps.length; length > 0; length -= 1) {
    const step = known(steps.slice(0, length).join('.'));
    if (step !== undefined) return { step, length };
  }
  return undefined;
}
