import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Timeline } from '../../core/index.ts';
import { chromeTrace } from '../../reports/timeline.ts';
import type { TraceEvent } from '../../reports/timeline.ts';

const NAMES = { variant: (index: number) => `v${index}`, machineType: (index: number) => `m${index}` };

function timelineOf(maximum = 100): Timeline {
  const timeline = new Timeline(maximum);
  timeline.stateChanged({ subject: 'machine', id: 0, state: 'booting', kind: 2, atNs: 0 });
  timeline.stateChanged({ subject: 'machine', id: 0, state: 'up', kind: 2, atNs: 1_000 });
  timeline.stateChanged({ subject: 'worker', id: 3, state: 'loading', kind: 7, atNs: 1_000 });
  timeline.stateChanged({ subject: 'worker', id: 3, state: 'ready', kind: 7, atNs: 3_500 });
  timeline.batch(3, 7, 4, 4_000, 9_001);
  timeline.stateChanged({ subject: 'worker', id: 3, state: 'draining', kind: 7, atNs: 8_000 });
  timeline.stateChanged({ subject: 'worker', id: 3, state: 'dead', kind: 7, atNs: 9_001 });
  return timeline;
}

const slicesOf = (events: readonly TraceEvent[]) => events.filter(({ ph }) => ph === 'X');

describe('a Chrome trace', () => {
  test('is a JSON array of events that Perfetto can read', () => {
    const events = chromeTrace(timelineOf(), NAMES);
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
    for (const event of events) {
      expect(['X', 'i', 'M']).toContain(event.ph);
      expect(event.ts).toBeGreaterThanOrEqual(0);
    }
  });

  test('a batch is a slice on its worker, in microseconds down to the nanosecond', () => {
    const batch = slicesOf(chromeTrace(timelineOf(), NAMES)).find(({ cat }) => cat === 'batch');
    expect(batch).toMatchObject({
      name: 'v7 x 4',
      pid: 1,
      tid: 6,
      ts: 4,
      dur: 5.001,
      args: { variant: 'v7', inputs: 4 },
    });
  });

  test('a state lasts until the next one, the last one until the end, and death is a gap', () => {
    const states = slicesOf(chromeTrace(timelineOf(), NAMES)).filter(({ cat }) => cat !== 'batch');
    expect(states.map(({ name, pid, ts, dur }) => [name, pid, ts, dur])).toEqual([
      ['loading', 1, 1, 2.5],
      ['ready', 1, 3.5, 4.5],
      ['draining', 1, 8, 1.001],
      ['booting', 2, 0, 1],
      ['up', 2, 1, 8.001],
    ]);
  });

  test('every track and process has a name', () => {
    const events = chromeTrace(timelineOf(), NAMES);
    const names = events.filter(({ name }) => name === 'thread_name').map(({ args }) => args['name']);
    expect(names).toEqual(['worker 3', 'worker 3 state', 'machine 0']);
    expect(events.filter(({ name }) => name === 'process_name').map(({ args }) => args['name'])).toEqual([
      'workers',
      'machines',
    ]);
  });

  test('a timeline that was cut says how much is missing', () => {
    const [first] = chromeTrace(timelineOf(4), NAMES);
    expect(first).toMatchObject({
      ph: 'i',
      name: 'timeline is full: 3 later entries were omitted',
      args: { omitted: 3 },
    });
    expect(chromeTrace(timelineOf(), NAMES).some(({ ph }) => ph === 'i')).toBe(false);
  });

  test('an empty timeline is a valid trace', () => {
    expect(slicesOf(chromeTrace(new Timeline(0), NAMES))).toEqual([]);
  });

  test('slices of one track never overlap', () => {
    const state = fc.record({
      subject: fc.constantFrom('worker' as const, 'machine' as const),
      id: fc.integer({ min: 0, max: 3 }),
      state: fc.constantFrom('loading', 'ready', 'draining', 'dead'),
      kind: fc.integer({ min: 0, max: 2 }),
      atNs: fc.integer({ min: 0, max: 100_000 }),
    });
    const gaps = fc.array(fc.tuple(fc.nat(5_000), fc.nat(5_000)), { maxLength: 20 });
    fc.assert(
      fc.property(fc.array(state, { maxLength: 40 }), gaps, (states, batches) => {
        const timeline = new Timeline(1_000);
        for (const entry of states) timeline.stateChanged(entry);
        let now = 0;
        for (const [idleNs, busyNs] of batches) {
          timeline.batch(1, 0, 1, now + idleNs, now + idleNs + busyNs);
          now += idleNs + busyNs;
        }
        const ends = new Map<string, number>();
        for (const { pid, tid, ts, dur = 0 } of slicesOf(chromeTrace(timeline, NAMES))) {
          expect(ts).toBeGreaterThanOrEqual((ends.get(`${pid} ${tid}`) ?? 0) - 1e-9);
          ends.set(`${pid} ${tid}`, ts + dur);
        }
      }),
    );
  });
});
