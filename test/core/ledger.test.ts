/** Where requests end: once, with the right times, in the right columns, and with their slot given back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CANCELLED, EXPIRED, FAILED, Ledger, NEVER, REJECTED, reason } from '../../core/index.ts';
import type { Arrival } from '../../core/index.ts';
import { Bench, TIMINGS } from './actors/bench.ts';

function served(bench: Bench, parts: Partial<Arrival>, startedNs: number, endNs: number): void {
  const worker = bench.worker();
  answer(bench, worker, bench.assign(worker, parts), startedNs, endNs);
}

/** Ends a batch of one request. */
function answer(
  { ledger }: Pick<Bench, 'ledger'>,
  worker: number,
  slot: number,
  startedNs: number,
  endNs: number,
): void {
  ledger.batchServed(Int32Array.of(slot), 1, { worker, startedNs, inputs: 8, timings: TIMINGS }, endNs);
}

describe('a served request', () => {
  test('is served up to its deadline and late after it', () => {
    const bench = new Bench();
    served(bench, { latencyNs: 100 }, 20, 100);
    served(bench, { latencyNs: 100 }, 20, 101);
    served(bench, { latencyNs: NEVER }, 20, 1_000_000);
    expect(bench.outcomes()).toEqual(['0 served', '1 late deadline-missed', '2 served']);
  });

  test('has a row with its times from the scheduled time on', () => {
    const bench = new Bench();
    bench.world.now = 30;
    const worker = bench.worker();
    // Scheduled at 10, opened late at 30, held until 50, in a batch from 70 to 100.
    const slot = bench.assign(worker, { atNs: 10, latencyNs: 200, inputs: 3 });
    bench.requests.startHold(slot, 40);
    bench.requests.endHold(slot, 50);
    answer(bench, worker, slot, 70, 100);
    const [row] = bench.rows();
    expect(row).toMatchObject({ scheduledNs: 10, loadWaitNs: 10, queueNs: 50, latencyNs: 90, objectiveNs: 200 });
    expect(row).toMatchObject({ preprocessNs: 1, inferNs: 2, postprocessNs: 3, inputs: 3, batchInputs: 8 });
    expect(row).toMatchObject({ worker, machine: 0, variant: 0, kind: 0 });
  });

  test('pays for the way back: the answer’s travel counts as latency and can make it late', () => {
    const bench = new Bench();
    const { requests, fleet, recorder, catalogue } = bench;
    const ends: number[] = [];
    const listener = { requestEnded: (_slot: number, _outcome: number, endNs: number): void => void ends.push(endNs) };
    const ledger = new Ledger({ requests, fleet, recorder, catalogue, listener, returnDelayNs: () => 7 });
    const worker = bench.worker();
    for (const latencyNs of [107, 106]) {
      answer({ ledger }, worker, bench.assign(worker, { latencyNs }), 20, 100);
    }
    expect(bench.outcomes()).toEqual(['0 served', '1 late deadline-missed']);
    expect(bench.rows().map(({ latencyNs }) => latencyNs)).toEqual([107, 107]);
    expect(ends).toEqual([107, 107]);
  });
});

describe('a batch', () => {
  test('answers those of its requests that are still open, and gives every slot back', () => {
    const bench = new Bench();
    const worker = bench.worker();
    const slots = Int32Array.from([0, 1, 2, 3], () => bench.assign(worker));
    bench.ledger.end(slots[1], FAILED, reason('timeout'), 5);
    // Only the first three are in the batch.
    bench.ledger.batchServed(slots, 3, { worker, startedNs: 2, inputs: 3, timings: TIMINGS }, 10);
    expect(bench.outcomes()).toEqual(['1 failed timeout', '0 served', '2 served']);
    expect(bench.requests.openSlots()).toEqual([slots[3]]);
    expect(new Set([bench.open(), bench.open(), bench.open()])).toEqual(new Set(slots.subarray(0, 3)));
  });
});

describe('one end', () => {
  test('is all a request has: a second one stops the run', () => {
    const bench = new Bench();
    const slot = bench.open();
    bench.requests.held[slot] = 1;
    bench.ledger.end(slot, FAILED, reason('timeout'), 5);
    expect(() => bench.ledger.end(slot, CANCELLED, reason('client-cancelled'), 6)).toThrow('a request ends once');
  });

  test('gives the slot back at once when nobody holds it', () => {
    const bench = new Bench();
    const slot = bench.open();
    bench.ledger.end(slot, REJECTED, reason('queue-full'), 5);
    expect(bench.open()).toBe(slot);
  });

  test('keeps the slot while a worker holds it, and gives it back when let go', () => {
    const bench = new Bench();
    const slot = bench.open();
    bench.requests.held[slot] = 1;
    bench.ledger.end(slot, FAILED, reason('timeout'), 5);
    expect(bench.open()).not.toBe(slot);
    bench.ledger.letGo(slot);
    expect(bench.open()).toBe(slot);
  });

  test('of a request nobody holds any more, but that is open, waits for its outcome', () => {
    const bench = new Bench();
    const slot = bench.open();
    bench.requests.held[slot] = 1;
    bench.ledger.letGo(slot);
    expect(bench.open()).not.toBe(slot);
    bench.ledger.end(slot, FAILED, reason('timeout'), 5);
    expect(bench.open()).toBe(slot);
  });

  test('without execution says how long it waited and where', () => {
    const bench = new Bench();
    const worker = bench.worker();
    const slot = bench.assign(worker, { latencyNs: 40 });
    bench.requests.startHold(slot, 10);
    bench.ledger.end(slot, EXPIRED, reason('deadline-passed'), 50);
    expect(bench.rows()).toMatchObject([
      { loadWaitNs: 40, queueNs: 10, latencyNs: 50, inferNs: 0, batchInputs: 0, worker, machine: 0 },
    ]);
  });
});

describe('the totals', () => {
  test('count arrivals and ends by variant, whatever the outcome', () => {
    const bench = new Bench();
    served(bench, { inputs: 3 }, 5, 10);
    const slot = bench.assign(bench.worker(), { inputs: 2 });
    bench.ledger.end(slot, FAILED, reason('timeout'), 30);
    const { totals } = bench.fleet;
    expect([totals.endedInputs[0], totals.endedRequests[0], totals.latencySumNs[0]]).toEqual([5, 2, 40]);
  });

  test('a request that found no variant counts for none', () => {
    const bench = new Bench();
    bench.ledger.end(bench.open(), REJECTED, reason('no-variant'), 5);
    expect(bench.fleet.totals.endedRequests[0]).toBe(0);
    expect(bench.rows()).toMatchObject([{ variant: -1, worker: -1, machine: -1 }]);
  });

  test('Little’s law holds exactly: the integral of open requests is the sum of their times in the system', () => {
    const steps = fc.array(fc.tuple(fc.nat(1000), fc.nat(20)), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (all) => {
        const bench = new Bench();
        const open: { slot: number; atNs: number }[] = [];
        let now = 0;
        let area = 0;
        let sojourn = 0;
        const end = (position: number): void => {
          const [{ slot, atNs }] = open.splice(position, 1);
          bench.ledger.end(slot, REJECTED, reason('queue-full'), now);
          sojourn += now - atNs;
        };
        for (const [gapNs, choice] of all) {
          area += open.length * gapNs;
          now += gapNs;
          bench.world.now = now;
          if (choice < open.length) end(choice);
          else open.push({ slot: bench.open(), atNs: now });
          expect(bench.requests.open).toBe(open.length);
        }
        while (open.length > 0) end(0);
        expect([bench.ledger.openAreaNs, bench.ledger.sojournNs]).toEqual([area, sojourn]);
      }),
      { seed: 20_260_315, numRuns: 100 },
    );
  });
});
