/** The line of timeouts against a plain list, over several growths of its ring. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NEVER } from '../../../core/index.ts';
import { TimeoutLine } from '../../../core/actors/timeout-line.ts';

test('entries leave in the order they joined, with their own due time', () => {
  // A number pushes that many entries, 0 takes half of them.
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 30 }), (steps) => {
      const line = new TimeoutLine(100);
      const model: number[] = [];
      let pushed = 0;
      for (const step of steps) {
        for (let i = 0; i < step; i += 1) {
          expect(line.push(pushed % 7, pushed, pushed + 100)).toBe(model.length === 0);
          model.push(pushed);
          pushed += 1;
        }
        for (let takes = step === 0 ? Math.ceil(model.length / 2) : 0; takes > 0; takes -= 1) {
          const ordinal = model.shift() ?? -1;
          expect(line.nextDueNs).toBe(ordinal + 100);
          expect(line.shift()).toEqual({ slot: ordinal % 7, ordinal });
        }
        expect(line.length).toBe(model.length);
      }
    }),
    { seed: 20_260_321, numRuns: 100 },
  );
});

test('an empty line is never due, and a service without a timeout keeps none', () => {
  expect(new TimeoutLine(100).nextDueNs).toBe(NEVER);
  expect([new TimeoutLine(100).enabled, new TimeoutLine(NEVER).enabled]).toEqual([true, false]);
});
