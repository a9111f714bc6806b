/** The slot queue against a plain array, under any sequence of operations. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlotQueue } from '../../../core/index.ts';

interface Model {
  readonly slots: number[];
}

type Step = fc.Command<Model, SlotQueue>;

function agree(model: Model, real: SlotQueue): void {
  expect(real.length).toBe(model.slots.length);
  expect(model.slots.map((_, position) => real.at(position))).toEqual(model.slots);
  if (model.slots.length > 0) expect(real.peek()).toBe(model.slots[0]);
}

const push = (slot: number): Step => ({
  check: () => true,
  run: (model, real) => {
    model.slots.push(slot);
    real.push(slot);
    agree(model, real);
  },
  toString: () => `push(${slot})`,
});

const shift = (): Step => ({
  check: ({ slots }) => slots.length > 0,
  run: (model, real) => {
    expect(real.shift()).toBe(model.slots.shift());
    agree(model, real);
  },
  toString: () => 'shift()',
});

const removeAt = (share: number): Step => ({
  check: ({ slots }) => slots.length > 0,
  run: (model, real) => {
    const position = Math.floor(share * model.slots.length);
    expect([real.removeAt(position)]).toEqual(model.slots.splice(position, 1));
    agree(model, real);
  },
  toString: () => `removeAt(${share} of the length)`,
});

describe('a slot queue', () => {
  test('is a first-in-first-out list whatever is pushed, shifted and taken from the middle', () => {
    const steps = fc.commands(
      [
        fc.nat(1000).map(push),
        fc.nat(1000).map(push),
        fc.constant(null).map(shift),
        fc.double({ min: 0, max: 0.999, noNaN: true }).map(removeAt),
      ],
      { maxCommands: 200, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (commands) => {
        fc.modelRun(() => ({ model: { slots: [] }, real: new SlotQueue(2) }), commands);
      }),
      { seed: 20_260_303, numRuns: 100 },
    );
  });

  test('keeps its order when it grows with its head in the middle of the ring', () => {
    const queue = new SlotQueue(4);
    for (const slot of [0, 1, 2, 3]) queue.push(slot);
    queue.shift();
    queue.shift();
    for (const slot of [4, 5, 6, 7, 8]) queue.push(slot);
    expect(Array.from({ length: 7 }, () => queue.shift())).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(queue.length).toBe(0);
  });
});
