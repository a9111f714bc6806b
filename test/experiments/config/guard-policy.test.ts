// The guard around users' policies: what they throw and what they answer that cannot be, told by their file.
import { describe, expect, test } from 'vitest';
import type { Family, PolicyModule } from '../../../core/index.ts';
import {
  Fleet,
  HOLD,
  NEVER,
  NONE,
  READY,
  START,
  ServingError,
  SlotQueue,
  UP,
  milliseconds,
  reason,
} from '../../../core/index.ts';
import { guardedModule } from '../../../experiments/config/guard-policy.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';

/** One machine that is up, one that is not; worker 0 is ready and worker 1 is cold. */
function tables(): Parameters<typeof guardedModule>[2]['tables'] {
  const catalogue = catalogueOf([{}, {}], [{}]);
  const fleet = new Fleet(catalogue, { workersMax: 4, machinesMax: 2 });
  fleet.machines.setState(fleet.machines.claim(0, 0), UP, 0);
  fleet.claim(0, 0, 0);
  fleet.claim(0, 0, 0);
  fleet.setState(0, READY, 0);
  return { catalogue, fleet };
}

/** The family behind the guard. @param part what the user's `create` returns for it, whatever that is. */
function guarded<Name extends Family>(family: Name, part: unknown): NonNullable<PolicyModule[Name]> {
  const module = { [family]: part } as PolicyModule; // What users write is not checked by types.
  const behind = guardedModule(module, { name: 'mine', families: [family] }, { file: '/a/mine.ts', tables: tables() });
  return behind[family] as NonNullable<PolicyModule[Name]>; // The guard keeps the families.
}

function errorOf(act: () => unknown): ServingError {
  try {
    act();
  } catch (error) {
    if (error instanceof ServingError) return error;
    throw error;
  }
  throw new RangeError('nothing was thrown');
}

const waiting = new SlotQueue();
waiting.push(7);

/** Every function that answers: how it is called, what it may answer, and what not. */
const QUESTIONS: readonly {
  readonly family: Family;
  readonly method: string;
  readonly asked: readonly unknown[];
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
  readonly beside?: object;
}[] = [
  { family: 'selection', method: 'select', asked: [0, 0], good: [0, 1, NONE], bad: [2, -2, 0.5, NaN, '0', undefined] },
  {
    family: 'admission',
    method: 'admit',
    asked: [0, 0, 0],
    good: [0, reason('admission-refused')],
    bad: [99, -1, true, NaN, undefined],
  },
  {
    family: 'admission',
    method: 'expires',
    asked: [0, 0, 0],
    good: [true, false],
    bad: [1, 'yes', undefined],
    beside: { admit: () => 0 },
  },
  {
    family: 'dispatch',
    method: 'assign',
    asked: [0, 0, 0],
    good: [0, HOLD, START, NONE],
    bad: [1, 4, 0.5, -4, NaN, null],
  },
  {
    family: 'dispatch',
    method: 'pull',
    asked: [0, waiting, 0],
    good: [0, NONE],
    bad: [1, 0.5, -2, undefined],
    beside: { assign: () => 0 },
  },
  {
    family: 'dispatch',
    method: 'lapsed',
    asked: [0, 0],
    good: [true, false],
    bad: [1, 'yes', undefined],
    beside: { assign: () => 0, reviewNs: 1 },
  },
  {
    family: 'batching',
    method: 'limit',
    asked: [0],
    good: [1, 8, Infinity],
    bad: [0, -1, NaN, '8', undefined],
    beside: { startAt: () => 0 },
  },
  {
    family: 'batching',
    method: 'startAt',
    asked: [0, 1, 0, 0],
    good: [0, 5, NEVER],
    bad: [NaN, Infinity, 0.5, undefined],
    beside: { limit: () => 1 },
  },
  { family: 'placement', method: 'place', asked: [0, 0], good: [0, NONE], bad: [1, 2, 0.5, NaN, undefined] },
  {
    family: 'model-scaling',
    method: 'decide',
    asked: [0],
    good: [[], [{ variant: 1, delta: -2, reason: 'less' }]],
    bad: [
      undefined,
      3,
      [null],
      [{ variant: 2, delta: 1, reason: '' }],
      [{ variant: 0, delta: 0.5, reason: '' }],
      [{ variant: 0, delta: Infinity, reason: '' }],
      [{ variant: 0, delta: 1 }],
    ],
    beside: { periodNs: 1 },
  },
  {
    family: 'machine-scaling',
    method: 'decide',
    asked: [0],
    good: [[], [{ type: 0, delta: 1, reason: 'more' }]],
    bad: ['more', [{ type: 1, delta: 1, reason: '' }], [{ variant: 0, delta: 1, reason: '' }]],
    beside: { periodNs: 1 },
  },
];

describe.each(QUESTIONS)('$family.$method()', ({ family, method, asked, good, bad, beside }) => {
  const call = (answer: unknown): unknown => {
    const part: object = guarded(family, { ...beside, [method]: () => answer });
    const asking: unknown = Reflect.get(part, method);
    if (typeof asking !== 'function') throw new TypeError(`no ${method}`);
    return Reflect.apply(asking, part, asked);
  };

  test('passes an answer on as it is', () => {
    for (const answer of good) expect(call(answer)).toBe(answer);
  });

  test.each(bad.map((answer) => [answer]))('refuses %j', (answer) => {
    const error = errorOf(() => call(answer));
    expect(error.code).toBe('RUN_POLICY_ANSWER');
    expect(error.message).toMatch(
      new RegExp(
        `^/a/mine\\.ts: ${family}\\.${method}\\(\\) of policy mine answered what cannot be; found .+; expected `,
      ),
    );
  });
});

describe('a guarded function', () => {
  test('is called with its own object and all it is asked', () => {
    class Mine {
      readonly worker = 0;
      readonly asked: unknown[] = [];
      assign(...asked: unknown[]): number {
        this.asked.push(...asked);
        return this.worker;
      }
    }
    const mine = new Mine();
    expect(guarded('dispatch', mine).assign(5, 0, 9)).toBe(0);
    expect(mine.asked).toEqual([5, 0, 9]);
  });

  test('that need not be there is not there', () => {
    expect(guarded('dispatch', { assign: () => 0 }).pull).toBeUndefined();
    expect(guarded('admission', { admit: () => 0 }).expires).toBeUndefined();
    expect(Object.keys(guarded('batching', { limit: () => 1, startAt: () => 0 }))).toEqual(['limit', 'startAt']);
  });

  test('hears what it is told', () => {
    const told: unknown[] = [];
    const finished = (...what: unknown[]): void => void told.push(what);
    guarded('batching', { limit: () => 1, startAt: () => 0, finished }).finished?.(0, 2, milliseconds(3));
    expect(told).toEqual([[0, 2, milliseconds(3)]]);
  });

  test.each([
    [new TypeError('no luck'), 'TypeError: no luck'],
    [new Error('two\n   lines'), 'Error: two lines'],
    ['a text', "'a text'"],
    [null, 'null'],
    [{ code: 5 }, '{ code: 5 }'],
  ])('that throws %s is named with it', (thrown, told) => {
    const place = (): number => {
      throw thrown as Error; // Users throw what they like.
    };
    const error = errorOf(() => guarded('placement', { place }).place(0, 0));
    expect(error.code).toBe('RUN_POLICY_FAILED');
    expect(error.message).toBe(
      `/a/mine.ts: placement.place() of policy mine threw; found ${told}; mend the policy file and run again`,
    );
    expect(error.cause).toBe(thrown === null ? null : thrown);
  });

  test('that throws a refusal of ours throws it on', () => {
    const ours = new ServingError({ code: 'POLICY_OPTION', message: 'no' });
    const place = (): number => {
      throw ours;
    };
    expect(errorOf(() => guarded('placement', { place }).place(0, 0))).toBe(ours);
  });

  test('that answers at length is told in short', () => {
    const place = (): unknown => 'x'.repeat(1000);
    expect(errorOf(() => guarded('placement', { place }).place(0, 0)).message.length).toBeLessThan(300);
  });
});

describe('what create() returns', () => {
  const assign = (): number => 0;

  test.each([
    ['dispatch', null, 'dispatch.assign; found undefined; expected a function'],
    ['dispatch', 5, 'dispatch.assign; found undefined; expected a function'],
    ['dispatch', { asign: () => 0 }, 'dispatch.assign; found undefined; expected a function'],
    ['dispatch', { assign, pull: 3 }, 'dispatch.pull; found 3; expected a function'],
    ['dispatch', { assign, reviewNs: 0 }, 'dispatch.reviewNs; found 0; expected a whole number'],
    ['dispatch', { assign, reviewNs: NEVER }, `dispatch.reviewNs; found ${NEVER}; expected a whole number`],
    ['batching', { limit: () => 1 }, 'batching.startAt; found undefined; expected a function'],
    ['model-scaling', { decide: () => [] }, 'model-scaling.periodNs; found undefined; expected a whole number'],
    ['model-scaling', { decide: () => [], periodNs: 0 }, 'model-scaling.periodNs; found 0; expected a whole number'],
    ['machine-scaling', { decide: () => [], periodNs: 0.5 }, 'machine-scaling.periodNs; found 0.5; expected a whole'],
  ] as const)('for %s must be usable: %j', (family, part, message) => {
    const error = errorOf(() => guarded(family, part));
    expect(error.code).toBe('POLICY_CREATE');
    expect(error.message).toContain(`/a/mine.ts: create() of policy mine gives no usable ${message}`);
  });

  test('keeps its period', () => {
    expect(guarded('model-scaling', { decide: () => [], periodNs: 5 }).periodNs).toBe(5);
    expect(guarded('model-scaling', { decide: () => [], periodNs: NEVER }).periodNs).toBe(NEVER);
    expect(guarded('dispatch', { assign: () => 0, reviewNs: 5 }).reviewNs).toBe(5);
    expect(guarded('dispatch', { assign: () => 0 }).reviewNs).toBeUndefined();
  });

  test('keeps what it says of requests that were given back', () => {
    expect(guarded('dispatch', { assign: () => 0, reselects: true }).reselects).toBe(true);
    expect(guarded('dispatch', { assign: () => 0 }).reselects).toBe(false);
  });
});
