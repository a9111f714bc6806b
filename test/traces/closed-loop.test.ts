import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Arrival, Workload } from '../../core/index.ts';
import { NEVER, RandomStreams, seconds } from '../../core/index.ts';
import { generatedWorkload } from '../../traces/index.ts';
import type { ClosedLoopArrivals } from '../../traces/index.ts';
import { TimeHeap } from '../../traces/time-heap.ts';
import { query, workloadSpec } from './workload-specs.ts';

const THREE: ClosedLoopArrivals = { process: 'closed-loop', clients: 3, thinkNs: seconds(1), think: 'exponential' };

function loop(arrivals: ClosedLoopArrivals, parts: Parameters<typeof workloadSpec>[1] = {}): Workload {
  return generatedWorkload(workloadSpec(arrivals, parts), new RandomStreams('seed'));
}

/** Answers every query a fixed time after it was sent. */
function run(workload: Workload, serviceNs: number): Arrival[] {
  const arrivals: Arrival[] = [];
  const answers = new TimeHeap();
  for (;;) {
    if (workload.next.atNs === NEVER && answers.size === 0) return arrivals;
    if (workload.next.atNs <= answers.atNs) {
      arrivals.push({ ...workload.next });
      answers.push(workload.next.atNs + serviceNs, workload.next.client);
      workload.advance();
    } else {
      const { atNs, id } = answers;
      answers.pop();
      workload.ended?.(id, atNs);
    }
  }
}

describe('a closed loop', () => {
  test('sends one query for each client and then waits for answers', () => {
    const workload = loop(THREE);
    const clients = new Set<number>();
    for (let sent = 0; sent < 3; sent += 1) {
      clients.add(workload.next.client);
      workload.advance();
    }
    expect(clients).toEqual(new Set([0, 1, 2]));
    expect(workload.next).toMatchObject({ atNs: NEVER, client: -1 });
  });

  test('an answered client sends again after thinking', () => {
    const workload = loop({ ...THREE, clients: 1, think: 'fixed' });
    expect(workload.next.atNs).toBe(seconds(1));
    workload.advance();
    workload.ended?.(0, seconds(3));
    expect(workload.next).toMatchObject({ atNs: seconds(4), client: 0 });
  });

  test('an answer may bring a client forward that sends before the one shown', () => {
    const workload = loop({ ...THREE, clients: 2, think: 'fixed' });
    workload.advance();
    workload.advance();
    workload.ended?.(0, seconds(5));
    expect(workload.next).toMatchObject({ client: 0, atNs: seconds(6) });
    workload.ended?.(1, seconds(3));
    expect(workload.next).toMatchObject({ client: 1, atNs: seconds(4) });
    workload.advance();
    expect(workload.next).toMatchObject({ client: 0, atNs: seconds(6) });
  });

  test('throughput is clients over the cycle of thinking and service', () => {
    const arrivals = run(loop({ ...THREE, clients: 20 }, { durationNs: seconds(2000) }), seconds(1));
    expect(arrivals.length / 2000).toBeCloseTo(10, 0);
    expect(arrivals.every((arrival, index) => index === 0 || arrival.atNs >= arrivals[index - 1].atNs)).toBe(true);
  });

  test('the n-th thinking time of a client and the n-th query do not depend on the service', () => {
    const queries = [query('a'), query('b')];
    const fast = run(loop(THREE, { queries, durationNs: seconds(100) }), 1);
    const slow = run(loop(THREE, { queries, durationNs: seconds(100) }), seconds(2));
    const thinks = (arrivals: Arrival[], serviceNs: number): number[] => {
      const own = arrivals.filter(({ client }) => client === 1).map(({ atNs }) => atNs);
      return own.map((atNs, index) => atNs - (index === 0 ? 0 : own[index - 1] + serviceNs));
    };
    const slowThinks = thinks(slow, seconds(2));
    expect(slowThinks.length).toBeGreaterThan(10);
    expect(thinks(fast, 1).slice(0, slowThinks.length)).toEqual(slowThinks);
    expect(fast.slice(0, slow.length).map(({ kind }) => kind)).toEqual(slow.map(({ kind }) => kind));
  });

  test('nothing is sent at or after the duration, nor beyond the limit', () => {
    const arrivals = run(loop(THREE, { durationNs: seconds(10) }), seconds(0.1));
    expect(Math.max(...arrivals.map(({ atNs }) => atNs))).toBeLessThan(seconds(10));
    expect(run(loop(THREE, { limit: 5 }), seconds(0.1))).toEqual(arrivals.slice(0, 5));
  });

  test('without thinking all clients send at once', () => {
    const workload = loop({ ...THREE, thinkNs: 0 });
    expect(workload.next).toMatchObject({ atNs: 0, client: 0 });
    workload.advance();
    expect(workload.next).toMatchObject({ atNs: 0, client: 1 });
  });
});

describe('the heap of times', () => {
  test('gives times in order, equal ones by id', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(100))), (pairs) => {
        const heap = new TimeHeap();
        for (const [atNs, id] of pairs) heap.push(atNs, id);
        const out: [number, number][] = [];
        for (; heap.size > 0; heap.pop()) out.push([heap.atNs, heap.id]);
        expect(out).toEqual([...pairs].sort((left, right) => left[0] - right[0] || left[1] - right[1]));
      }),
    );
  });

  test('replacing the earliest is a pop and a push', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1 }), fc.nat(40), (times, delayNs) => {
        const heap = new TimeHeap();
        const other = new TimeHeap();
        for (const [id, atNs] of times.entries()) {
          heap.push(atNs, id);
          other.push(atNs, id);
        }
        const { atNs, id } = other;
        other.pop();
        other.push(atNs + delayNs, id);
        heap.replace(atNs + delayNs);
        for (; other.size > 0; other.pop(), heap.pop()) expect([heap.atNs, heap.id]).toEqual([other.atNs, other.id]);
      }),
    );
  });
});
