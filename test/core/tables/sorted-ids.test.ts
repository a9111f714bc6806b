/** Sorted ids against a sorted set. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedIds } from '../../../core/index.ts';

test('changes count what is added and removed', () => {
  const ids = new SortedIds();
  ids.add(3);
  ids.add(1);
  expect([ids.has(3), ids.changes]).toEqual([true, 2]);
  ids.remove(3);
  expect(ids.changes).toBe(3);
});

test('ids stay ascending, each at most once, whatever is added and removed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 120 }), (toggles) => {
      const ids = new SortedIds();
      const model = new Set<number>();
      for (const id of toggles) {
        expect(ids.has(id)).toBe(model.has(id));
        if (model.delete(id)) ids.remove(id);
        else {
          model.add(id);
          ids.add(id);
        }
        const sorted = [...model].sort((a, b) => a - b);
        expect(ids.length).toBe(sorted.length);
        expect(sorted.map((_, position) => ids.at(position))).toEqual(sorted);
      }
    }),
    { seed: 20_260_304, numRuns: 200 },
  );
});
