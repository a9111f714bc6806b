/** The calendar against a list that is sorted anew for every question. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Calendar, NEVER } from '../../../core/index.ts';
import type { Message, Phase } from '../../../core/index.ts';

const PHASES: readonly Phase[] = [0, 1, 2, 3, 4, 5];

function note(slot: number): Message {
  return { type: 'request.arrived', slot };
}

interface Entry {
  readonly timeNs: number;
  readonly phase: Phase;
  readonly sequence: number;
  readonly to: number;
  cancelled: boolean;
  taken: boolean;
  readonly timer: number;
}

/** Everything ever added, and what is next by (time, phase, sequence). */
class Model {
  readonly entries: Entry[] = [];

  next(): Entry | undefined {
    return this.entries
      .filter((entry) => !entry.cancelled && !entry.taken)
      .sort((a, b) => a.timeNs - b.timeNs || a.phase - b.phase || a.sequence - b.sequence)[0];
  }
}

function agree(model: Model, real: Calendar): Entry | undefined {
  const next = model.next();
  expect(real.nextNs()).toBe(next?.timeNs ?? NEVER);
  if (next !== undefined) {
    expect([real.nextPhase, real.nextSequence, real.nextTo]).toEqual([next.phase, next.sequence, next.to]);
  }
  return next;
}

type Step = fc.Command<Model, Calendar>;

const add = ([timeNs, phase]: [number, Phase]): Step => ({
  check: () => true,
  run: ({ entries }, real) => {
    const sequence = entries.length;
    const timer = real.add(timeNs, phase, sequence, note(sequence));
    entries.push({ timeNs, phase, sequence, to: sequence, cancelled: false, taken: false, timer });
  },
  toString: () => `add(${timeNs}, phase ${phase})`,
});

const take = (): Step => ({
  check: (model) => model.next() !== undefined,
  run: (model, real) => {
    const next = agree(model, real);
    expect(real.take()).toEqual(note(next?.sequence ?? -1));
    if (next !== undefined) next.taken = true;
    agree(model, real);
  },
  toString: () => 'take()',
});

/** Cancels anything that was ever added: pending, cancelled, or long taken. */
const cancel = (share: number): Step => ({
  check: ({ entries }) => entries.length > 0,
  run: (model, real) => {
    const entry = model.entries[Math.floor(share * model.entries.length)];
    real.cancel(entry.timer);
    entry.cancelled = true;
    agree(model, real);
  },
  toString: () => `cancel(${share} of those added)`,
});

describe('the calendar', () => {
  test('gives events in the order of time, phase and sequence, without those that were cancelled', () => {
    const adds = fc.tuple(fc.nat(20), fc.constantFrom(...PHASES)).map(add);
    const steps = fc.commands(
      [
        adds,
        adds,
        adds,
        fc.constant(null).map(take),
        fc.constant(null).map(take),
        fc.double({ min: 0, max: 0.999, noNaN: true }).map(cancel),
      ],
      { maxCommands: 150, size: 'max' },
    );
    fc.assert(
      fc.property(steps, (commands) => {
        fc.modelRun(() => ({ model: new Model(), real: new Calendar() }), commands);
      }),
      { seed: 20_260_312, numRuns: 150 },
    );
  });

  test('keeps the order of a thousand events of one instant and phase, over several growths', () => {
    const calendar = new Calendar();
    for (let i = 0; i < 1000; i += 1) calendar.add(7, 2, i, note(i));
    const order: number[] = [];
    while (calendar.nextNs() !== NEVER) {
      order.push(calendar.nextTo);
      calendar.take();
    }
    expect(order).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  test('cancelling what has happened does not touch the event that took its place', () => {
    const calendar = new Calendar();
    const first = calendar.add(1, 0, 1, note(1));
    calendar.nextNs();
    calendar.take();
    calendar.add(2, 0, 2, note(2));
    calendar.cancel(first);
    expect(calendar.nextNs()).toBe(2);
  });

  test('no timer is cancelled in place of none', () => {
    const calendar = new Calendar();
    calendar.add(1, 0, 1, note(1));
    calendar.cancel(-1);
    expect(calendar.nextNs()).toBe(1);
  });

  test('counts the cancelled events it dropped', () => {
    const calendar = new Calendar();
    const timers = [5, 3, 9].map((at) => calendar.add(at, 0, 0, note(at)));
    calendar.cancel(timers[1]);
    calendar.cancel(timers[1]);
    expect(calendar.nextNs()).toBe(5);
    expect([calendar.dropped, calendar.length]).toEqual([1, 2]);
  });

  test('is precise at times near the largest a run can reach', () => {
    const calendar = new Calendar();
    calendar.add(NEVER - 1, 5, 1, note(1));
    calendar.add(NEVER - 2, 5, 2, note(2));
    expect([calendar.nextNs(), calendar.nextTo, calendar.nextPhase]).toEqual([NEVER - 2, 2, 5]);
  });
});
