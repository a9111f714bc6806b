/** The digest: equal for equal input, different for any one difference. It is no proof against forgery. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Digest, digestBatch, digestDecision, digestEvent } from '../../../core/index.ts';
import type { ControlDecision } from '../../../core/index.ts';

const CHECK = { seed: 20_260_314, numRuns: 2000 };

interface Event {
  readonly timeNs: number;
  readonly sequence: number;
  readonly to: number;
  readonly code: number;
  readonly id: number;
}

const FIELDS = ['timeNs', 'sequence', 'to', 'code', 'id'] as const;
const event = fc.record({
  timeNs: fc.maxSafeNat(),
  sequence: fc.nat(1_000_000),
  to: fc.nat(1000),
  code: fc.integer({ min: 1, max: 37 }),
  id: fc.nat(1_000_000),
});
const LIMITS = { timeNs: Number.MAX_SAFE_INTEGER, sequence: 1_000_000, to: 1000, code: 37, id: 1_000_000 };

function digestOf(events: readonly Event[]): string {
  const digest = new Digest();
  for (const { timeNs, sequence, to, code, id } of events) digest.event(timeNs, sequence, to, code, id);
  return digest.toString();
}

describe('a digest', () => {
  test('has 64 bits in hexadecimal, and the same for the same events', () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        expect(digestOf(events)).toMatch(/^[0-9a-f]{16}$/);
        expect(digestOf([...events])).toBe(digestOf(events));
      }),
      { ...CHECK, numRuns: 100 },
    );
  });

  test('changes when one field of one event changes', () => {
    const changed = fc.record({
      events: fc.array(event, { minLength: 1, maxLength: 20 }),
      at: fc.nat(),
      field: fc.constantFrom(...FIELDS),
      by: fc.integer({ min: 1, max: 1000 }),
    });
    fc.assert(
      fc.property(changed, ({ events, at, field, by }) => {
        const index = at % events.length;
        const value = (events[index][field] + by) % LIMITS[field];
        fc.pre(value !== events[index][field]);
        const other = events.map((each, i) => (i === index ? { ...each, [field]: value } : each));
        expect(digestOf(other)).not.toBe(digestOf(events));
      }),
      CHECK,
    );
  });

  test('changes when two different neighbours change places', () => {
    fc.assert(
      fc.property(fc.array(event), event, event, fc.array(event), (before, one, two, after) => {
        fc.pre(FIELDS.some((field) => one[field] !== two[field]));
        expect(digestOf([...before, two, one, ...after])).not.toBe(digestOf([...before, one, two, ...after]));
      }),
      CHECK,
    );
  });

  test('changes when an event is left out, even one that is all zeros', () => {
    const zeros = { timeNs: 0, sequence: 0, to: 0, code: 0, id: 0 };
    expect(digestOf([zeros])).not.toBe(digestOf([]));
    expect(digestOf([zeros, zeros])).not.toBe(digestOf([zeros]));
  });

  test('sees times beyond 32 bits', () => {
    const at = (timeNs: number): Event => ({ timeNs, sequence: 1, to: 1, code: 1, id: 1 });
    expect(digestOf([at(4_294_967_296)])).not.toBe(digestOf([at(0)]));
    expect(digestOf([at(8_589_934_593)])).not.toBe(digestOf([at(4_294_967_297)]));
  });
});

describe('what is fed', () => {
  const fed = (feed: (digest: Digest) => void): string => {
    const digest = new Digest();
    feed(digest);
    return digest.toString();
  };

  test('an event counts with its type and its generation', () => {
    const finished = (type: 'queue.drained' | 'unload.finished', generation: number): string =>
      fed((digest) => digestEvent(digest, 5, 1, 7, { type, generation }));
    const all = [finished('queue.drained', 1), finished('queue.drained', 2), finished('unload.finished', 1)];
    expect(new Set(all).size).toBe(3);
  });

  test('a decision counts with everything it says', () => {
    const base = { kind: 'worker.start', variant: 1, worker: 2, machine: 3, reason: 'load' } as const;
    const others: ControlDecision[] = [
      { ...base, kind: 'worker.drain' },
      { ...base, variant: 9 },
      { ...base, worker: 9 },
      { ...base, machine: 9 },
      { ...base, reason: 'loaf' },
      { kind: 'capacity.short', variant: 1, reason: 'load' },
      { kind: 'machine.boot', type: 1, machine: 3, reason: 'load' },
    ];
    const digests = [base, ...others].map((decision) => fed((digest) => digestDecision(digest, 5, decision)));
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('a batch counts with every slot in it', () => {
    const batch = (...slots: readonly number[]): string =>
      fed((digest) => digestBatch(digest, 5, { worker: 1, slots, count: slots.length, inputs: 3 }));
    expect(new Set([batch(1, 2, 3), batch(1, 3, 2), batch(1, 2, 4), batch(1, 2)]).size).toBe(4);
  });

  test('texts do not run into each other', () => {
    const texts = (...parts: readonly string[]): string => fed((digest) => parts.forEach((part) => digest.text(part)));
    expect(texts('ab', 'c')).not.toBe(texts('a', 'bc'));
    expect(texts('')).not.toBe(texts());
  });
});
