/** Mail against a plain list. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mail } from '../../../core/index.ts';

test('mail comes out in the order it went in, with its address, however often the ring grows', () => {
  // 0 takes, anything else pushes that many.
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 60 }), (steps) => {
      const mail = new Mail();
      const model: number[] = [];
      let sent = 0;
      for (const step of steps) {
        for (let i = 0; i < step; i += 1) {
          mail.push(sent % 9, { type: 'request.arrived', slot: sent });
          model.push(sent);
          sent += 1;
        }
        for (let takes = step === 0 ? 30 : 0; takes > 0 && model.length > 0; takes -= 1) {
          const slot = model.shift() ?? -1;
          expect(mail.nextTo).toBe(slot % 9);
          expect(mail.shift()).toEqual({ type: 'request.arrived', slot });
        }
        expect(mail.length).toBe(model.length);
      }
    }),
    { seed: 20_260_313, numRuns: 200 },
  );
});
