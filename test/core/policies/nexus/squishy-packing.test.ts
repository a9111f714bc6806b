import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { milliseconds, seconds } from '../../../../core/index.ts';
import { packSquishy } from '../../../../core/policies/nexus/squishy-packing.ts';
import type { Node, Session } from '../../../../core/policies/nexus/squishy-packing.ts';

/** A session from a batching profile in milliseconds by batch size. */
function session(objectiveMs: number, rateRps: number, profile: Readonly<Record<number, number>>): Session {
  const sizes = Object.keys(profile).map(Number);
  const latencyNs = (batch: number): number => milliseconds(profile[batch]);
  return { objectiveNs: milliseconds(objectiveMs), rateRps, sizes, latencyNs };
}

/** A session with a linear profile. */
function linear(objectiveMs: number, rateRps: number, baseMs: number, perInputMs: number, maxBatch = 32): Session {
  const sizes = Array.from({ length: maxBatch }, (_, i) => i + 1);
  return {
    objectiveNs: milliseconds(objectiveMs),
    rateRps,
    sizes,
    latencyNs: (batch) => milliseconds(baseMs + perInputMs * batch),
  };
}

/** `batch x session` of every portion, with the duty cycle in milliseconds. */
function shown(nodes: readonly Node[]): string[] {
  return nodes.map(
    ({ dutyNs, portions }) =>
      `${portions.map(({ session: at, batch }) => `${batch}x${at}`).join(' + ')} every ${Math.round(dutyNs / 1e6)} ms`,
  );
}

// Shen et al., SOSP 2019, section 4.1: the models A, B and C with objectives of 200, 250 and 250 ms. Of its Table 2 only
// the figures that its text works with.
const A = { 8: 75, 16: 100 };
const B = { 4: 50, 16: 125 };
const C = { 4: 60, 16: 125 };

describe('the example of the paper', () => {
  test('saturates nodes with the largest batch that takes half the objective', () => {
    const nodes = packSquishy([session(200, 320, A), session(250, 128, B), session(250, 384, C)]);
    expect(shown(nodes)).toEqual([
      ...Array.from({ length: 2 }, () => '16x0 every 100 ms'),
      '16x1 every 125 ms',
      ...Array.from({ length: 3 }, () => '16x2 every 125 ms'),
    ]);
  });

  test('puts the residual loads of A and B on one node and leaves C alone', () => {
    const nodes = packSquishy([session(200, 64, A), session(250, 32, B), session(250, 32, C)]);
    expect(shown(nodes)).toEqual(['8x0 + 4x1 every 125 ms', '4x2 every 125 ms']);
    expect(nodes.map(({ occupancy }) => occupancy)).toEqual([1, 0.48]);
  });

  test('keeps C off the node of A even when B is not there: 75 and 60 ms exceed 125 ms', () => {
    expect(packSquishy([session(200, 64, A), session(250, 32, C)])).toHaveLength(2);
  });
});

describe('a residual load', () => {
  test('is gathered as long as its objective allows, and not a request longer', () => {
    // 20 + 10 b ms at 20 per second: b requests gather in 50 b ms, so 20 + 60 b <= 200 gives 3, and 199 gives 2.
    expect(shown(packSquishy([linear(200, 20, 20, 10)]))).toEqual(['3x0 every 150 ms']);
    expect(shown(packSquishy([linear(199, 20, 20, 10)]))).toEqual(['2x0 every 100 ms']);
  });

  test('too small to gather even one request in time is executed as late as its objective allows', () => {
    expect(shown(packSquishy([linear(200, 1, 10, 10)]))).toEqual(['1x0 every 180 ms']);
  });

  test('that would overfill a node at its own batch size gets a saturated one', () => {
    // 9 in 90 ms are 100 per second. At 99, 8 gather in time, but 8 in 85 ms are only 94 per second.
    const [node, ...others] = packSquishy([linear(180, 99, 45, 5)]);
    expect(others).toEqual([]);
    expect(shown([node])).toEqual(['9x0 every 90 ms']);
    expect(node.portions[0].rateRps).toBe(99);
  });

  test('shrinks to what gathers in the shorter duty cycle of the node it joins', () => {
    // Alone every 150 ms in threes; with one that allows 80 ms only, the 1.6 requests of 80 ms make batches of two.
    const nodes = packSquishy([linear(200, 20, 20, 10), session(100, 12.5, { 1: 20 })]);
    expect(shown(nodes)).toEqual(['2x0 + 1x1 every 80 ms']);
  });

  test('joins the node that it fills best', () => {
    const large = session(200, 10, { 1: 60 });
    const medium = session(200, 10, { 1: 50 });
    const small = session(200, 10, { 1: 30 });
    expect(shown(packSquishy([small, large, medium]))).toEqual(['1x1 + 1x0 every 100 ms', '1x2 every 100 ms']);
  });

  test('joins nobody that it may not share a device with', () => {
    const sessions = [session(200, 10, { 1: 30 }), session(200, 10, { 1: 30 })];
    expect(packSquishy(sessions)).toHaveLength(1);
    expect(packSquishy(sessions, (portions) => portions.length < 2)).toHaveLength(2);
  });
});

test('an objective that nothing can promise is served one by one', () => {
  // 15 ms objective, 10 ms each: at most 100 per second and node.
  expect(shown(packSquishy([session(15, 250, { 1: 10, 2: 11 })]))).toEqual(
    Array.from({ length: 3 }, () => '1x0 every 10 ms'),
  );
});

test('no sessions need no nodes', () => {
  expect(packSquishy([])).toEqual([]);
});

describe('whatever the sessions', () => {
  const anySession = fc
    .record({
      rateRps: fc.double({ min: 0.01, max: 3000, noNaN: true }),
      baseMs: fc.integer({ min: 1, max: 50 }),
      perInputMs: fc.integer({ min: 0, max: 20 }),
      slackMs: fc.integer({ min: 0, max: 500 }),
      maxBatch: fc.integer({ min: 1, max: 64 }),
    })
    .map(({ rateRps, baseMs, perInputMs, slackMs, maxBatch }) =>
      linear(2 * (baseMs + perInputMs) + slackMs, rateRps, baseMs, perInputMs, maxBatch),
    );
  const anySessions = fc.array(anySession, { maxLength: 8 });
  const isSaturated = ({ occupancy, portions }: Node): boolean => occupancy === 1 && portions.length === 1;

  test('every session keeps its objective: duty cycle and execution are within it', () => {
    fc.assert(
      fc.property(anySessions, (sessions) => {
        for (const { dutyNs, portions } of packSquishy(sessions)) {
          for (const { session: at, batch } of portions) {
            expect(dutyNs + sessions[at].latencyNs(batch)).toBeLessThanOrEqual(sessions[at].objectiveNs * (1 + 1e-9));
          }
        }
      }),
    );
  });

  test('all load is assigned, and each portion’s batches keep up with its rate', () => {
    fc.assert(
      fc.property(anySessions, (sessions) => {
        const assigned = new Float64Array(sessions.length);
        for (const { dutyNs, portions } of packSquishy(sessions)) {
          for (const { session: at, batch, rateRps } of portions) {
            assigned[at] += rateRps;
            expect((batch * seconds(1)) / dutyNs).toBeGreaterThanOrEqual(rateRps * (1 - 1e-9));
          }
        }
        for (const [at, { rateRps }] of sessions.entries()) expect(assigned[at] / rateRps).toBeCloseTo(1, 9);
      }),
    );
  });

  test('no node is more than full', () => {
    fc.assert(
      fc.property(anySessions, (sessions) => {
        for (const { dutyNs, portions, occupancy } of packSquishy(sessions)) {
          const busyNs = portions.reduce((sum, { session: at, batch }) => sum + sessions[at].latencyNs(batch), 0);
          expect(busyNs).toBeLessThanOrEqual(dutyNs * (1 + 1e-9));
          expect(occupancy).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });

  test('there are no more nodes than the saturated ones and one a session', () => {
    fc.assert(
      fc.property(anySessions, (sessions) => {
        const shared = packSquishy(sessions).filter((node) => !isSaturated(node));
        expect(shared.length).toBeLessThanOrEqual(sessions.length);
        const alone = packSquishy(sessions, (portions) => portions.length < 2);
        expect(packSquishy(sessions).length).toBeLessThanOrEqual(alone.length);
      }),
    );
  });

  test('the same sessions make the same nodes', () => {
    fc.assert(
      fc.property(anySessions, (sessions) => {
        expect(packSquishy(sessions)).toEqual(packSquishy(sessions));
      }),
    );
  });
});
