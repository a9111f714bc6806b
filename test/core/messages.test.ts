/** Message codes are part of every digest: appended to, never reordered. */
import { expect, test } from 'vitest';
import { OUTCOMES, REASONS, messageCode, messageType, outcomeName, reason, reasonName } from '../../core/index.ts';
import type { Outcome } from '../../core/index.ts';

/** The types that the first goldens were made with; more may follow. */
const FROZEN = 37;
const ALL = Array.from({ length: 63 }, (_, index) => messageType(index + 1)).filter((type) => type !== undefined);

test('the codes stay what they are', () => {
  expect(ALL.slice(0, FROZEN)).toMatchSnapshot();
});

test('every type has its own code, and the code its type', () => {
  expect(ALL.map((type) => messageCode(type))).toEqual(ALL.map((_, index) => index + 1));
  expect(new Set(ALL).size).toBe(ALL.length);
});

test('codes leave room for the address beside them in a digest word', () => {
  expect(messageType(64)).toBeUndefined();
});

test('outcomes and reasons keep their codes', () => {
  expect(OUTCOMES).toEqual(['served', 'late', 'rejected', 'expired', 'failed', 'cancelled']);
  expect(([1, 2, 3, 4, 5, 6] as const).map((code: Outcome) => outcomeName(code))).toEqual([...OUTCOMES]);
  expect(REASONS).toMatchSnapshot();
  expect(REASONS.map((name) => reasonName(reason(name)))).toEqual([...REASONS]);
});
