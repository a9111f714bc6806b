import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineLine } from '../../../../core/policies/clockwork/deadline-line.ts';

interface Entry {
  readonly slot: number;
  readonly ordinal: number;
  readonly deadlineNs: number;
}

function entriesOf(line: DeadlineLine): Entry[] {
  return Array.from({ length: line.length }, (_, at) => ({
    slot: line.slotAt(at),
    ordinal: line.ordinalAt(at),
    deadlineNs: line.deadlineAt(at),
  }));
}

test('keeps what was added and not removed by deadline, then by arrival', () => {
  // A number adds a request with that deadline, null removes the first.
  const anySteps = fc.array(fc.option(fc.nat({ max: 20 })), { maxLength: 120 });
  fc.assert(
    fc.property(anySteps, (steps) => {
      const line = new DeadlineLine();
      const expected: Entry[] = [];
      for (const [ordinal, deadlineNs] of steps.entries()) {
        if (deadlineNs !== null) {
          line.add(ordinal + 100, ordinal, deadlineNs);
          expected.push({ slot: ordinal + 100, ordinal, deadlineNs });
          expected.sort((a, b) => a.deadlineNs - b.deadlineNs || a.ordinal - b.ordinal);
        } else if (expected.length > 0) {
          line.shift();
          expected.shift();
        }
        expect(entriesOf(line)).toEqual(expected);
      }
    }),
  );
});

test('is empty when it is cleared', () => {
  const line = new DeadlineLine();
  line.add(1, 1, 1);
  line.clear();
  expect(line.length).toBe(0);
});
