/** What is measured: the window of scheduled times, outcomes by application, batches of the whole run. */
import { describe, expect, test } from 'vitest';
import { EXPIRED, LATE, NEVER, Recorder, SERVED, emptyRow, reason } from '../../../core/index.ts';
import type { RequestRow } from '../../../core/index.ts';

const KINDS = ['shop', 'search', 'shop'].map((application) => ({
  application,
  useCase: '',
  architecture: '',
  variant: '',
}));

function recorderOf(fromNs = 0, untilNs = NEVER, timelineMax = 0): Recorder {
  return new Recorder({
    variants: 4,
    fromNs,
    untilNs,
    rowsMax: 100,
    rowsSalt: 1,
    binNs: 1000,
    timelineMax,
    maxBatch: 8,
    kinds: KINDS,
  });
}

function row(parts: Partial<RequestRow>): RequestRow {
  return { ...emptyRow(), latencyNs: 10, inputs: 1, ...parts };
}

describe('the measured window', () => {
  test('takes requests scheduled in it, its beginning included and its end excluded, whenever they end', () => {
    const recorder = recorderOf(100, 200);
    for (const scheduledNs of [99, 100, 199, 200]) recorder.ended(row({ scheduledNs, latencyNs: 1000 }), 50);
    expect(recorder.latency.count).toBe(2);
    expect(recorder.total().outcomes[SERVED]).toBe(2);
  });

  test('does not bound rows and series: what is not judged is still shown', () => {
    const recorder = recorderOf(100, 200);
    for (const scheduledNs of [99, 150]) {
      recorder.arrived(scheduledNs);
      recorder.ended(row({ scheduledNs }), 50);
    }
    expect(recorder.rows.length).toBe(2);
    expect([recorder.series.arrived[0], recorder.series.judged[0]]).toEqual([2, 2]);
  });

  test('takes unfinished requests by their scheduled time too', () => {
    const recorder = recorderOf(100, 200);
    for (const scheduledNs of [99, 100, 200]) recorder.unfinished(1, scheduledNs);
    expect(recorder.total().outcomes[0]).toBe(1);
    expect(recorder.byApplication.get('search')?.outcomes[0]).toBe(1);
  });
});

describe('the tallies', () => {
  test('count outcomes by application, kinds of one application together', () => {
    const recorder = recorderOf();
    for (const kind of [0, 1, 2, 2]) recorder.ended(row({ kind }), 50);
    recorder.ended(row({ kind: 1, outcome: EXPIRED, reason: reason('deadline-passed') }), 50);
    expect(recorder.byApplication.get('shop')?.outcomes[SERVED]).toBe(3);
    expect(recorder.byApplication.get('search')?.outcomes[EXPIRED]).toBe(1);
    expect([...recorder.total().outcomes]).toEqual([0, 4, 0, 0, 1, 0, 0]);
    expect(recorder.reasons[reason('deadline-passed')]).toBe(1);
  });

  test('sum latency, queueing, execution, accuracy and inputs over answered requests, late ones included', () => {
    const recorder = recorderOf();
    recorder.ended(row({ latencyNs: 30, queueNs: 10, inferNs: 20, inputs: 4 }), 70);
    recorder.ended(
      row({ latencyNs: 50, queueNs: 40, inferNs: 10, inputs: 2, outcome: LATE, reason: reason('deadline-missed') }),
      90,
    );
    recorder.ended(
      row({ latencyNs: 999, queueNs: 999, inputs: 99, outcome: EXPIRED, reason: reason('deadline-passed') }),
      10,
    );
    const { latency, queueSumNs, inferSumNs } = recorder;
    const total = recorder.total();
    expect([total.inputsAnswered, total.accuracySum, total.latencySumNs]).toEqual([6, 160, 80]);
    expect([latency.count, latency.sumNs, queueSumNs, inferSumNs]).toEqual([2, 80, 50, 30]);
  });
});

describe('latencies by application', () => {
  const of = (applications: number): Recorder =>
    new Recorder({
      fromNs: 0,
      untilNs: NEVER,
      rowsMax: 0,
      rowsSalt: 1,
      binNs: 1000,
      timelineMax: 0,
      maxBatch: 8,
      variants: 4,
      kinds: Array.from({ length: applications }, (_, at) => ({ ...KINDS[0], application: `app-${at}` })),
    });

  test('are kept apart, answered requests alone', () => {
    const recorder = recorderOf();
    for (const latencyNs of [10, 20, 30]) recorder.ended(row({ kind: 0, latencyNs }), 50);
    recorder.ended(row({ kind: 1, latencyNs: 99 }), 50);
    recorder.ended(row({ kind: 2, latencyNs: 500, outcome: EXPIRED, reason: reason('deadline-passed') }), 50);
    const [shop, search] = ['shop', 'search'].map((name) => recorder.byApplication.get(name)?.latency);
    expect([shop?.count, shop?.quantileNs(1), search?.quantileNs(0.99)]).toEqual([3, 30, 99]);
    expect(recorder.latency.count).toBe(4);
  });

  test.each([
    [1, false],
    [2, true],
    [32, true],
    [33, false],
  ])('of %d applications are kept: %s', (applications, kept) => {
    const recorder = of(applications);
    recorder.ended(row({ kind: 0 }), 50);
    expect(recorder.byApplication.get('app-0')?.latency !== undefined).toBe(kept);
  });
});

describe('the series', () => {
  test('count attainment by scheduled time and answers by end time', () => {
    const recorder = recorderOf();
    recorder.ended(row({ scheduledNs: 900, latencyNs: 300 }), 50);
    recorder.ended(row({ scheduledNs: 950, latencyNs: 2300, outcome: LATE, reason: reason('deadline-missed') }), 50);
    recorder.ended(row({ scheduledNs: 980, latencyNs: 100, outcome: EXPIRED, reason: reason('deadline-passed') }), 50);
    const { series } = recorder;
    expect([series.judged[0], series.attained[0], series.latencyCount[0]]).toEqual([3, 1, 2]);
    expect([series.answered[1], series.answered[3], series.lost[1]]).toEqual([1, 1, 1]);
  });
});

describe('batches', () => {
  test('are counted by size over the whole run', () => {
    const recorder = recorderOf(1000, 2000);
    for (const inputs of [1, 8, 8]) recorder.batch(0, 0, inputs, 0, 5);
    expect([...recorder.batchSizes]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 2]);
  });

  test('are on the timeline up to its maximum; the rest is counted', () => {
    const recorder = recorderOf(0, NEVER, 2);
    recorder.batch(3, 1, 2, 10, 20);
    recorder.timeline?.stateChanged({ subject: 'worker', id: 3, state: 'ready', kind: 1, atNs: 5 });
    recorder.batch(4, 1, 2, 30, 40);
    expect(recorder.timeline?.batches).toEqual([{ worker: 3, variant: 1, inputs: 2, startNs: 10, endNs: 20 }]);
    expect([recorder.timeline?.states.length, recorder.timeline?.omitted]).toEqual([1, 1]);
    expect(recorderOf().timeline).toBeUndefined();
  });
});
