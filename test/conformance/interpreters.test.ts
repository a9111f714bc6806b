import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SlotQueue } from '../../core/index.ts';
import { SCHEDULER, milliseconds } from '../../core/index.ts';
import { LiveActors } from '../../live/world/live-actors.ts';
import { Actors } from '../../sim/actors.ts';
import { livePlan, tableCatalogue, tableVariant } from '../live/world/fixtures.ts';
import type { PlanChanges } from '../live/world/fixtures.ts';
import { RecordingWorld } from './recording-world.ts';

const VARIANTS = [tableVariant(0, 'small', [3, 4, 5, 6]), tableVariant(1, 'large', [9, 11])];

const PLANS: Readonly<Record<string, PlanChanges>> = {
  'queues of their own, batches that wait, timeouts': {
    policies: { batching: ['fixed', { maxBatch: 3, maxDelay: milliseconds(5) }], admission: ['deadline'] },
    serving: { limits: { workersMax: 6, machinesMax: 2, holdMax: 4, timeoutNs: milliseconds(60) } },
  },
  'one central queue, workers that scale': {
    policies: {
      dispatch: ['central-queue'],
      'model-scaling': ['queue-depth', { target: 2, period: milliseconds(20), scaleDownDelay: milliseconds(40) }],
      'machine-scaling': ['utilisation', { period: milliseconds(20), patience: 0, cooldown: 0, low: 0.5, high: 0.7 }],
    },
    machines: { initial: 1, max: 3 },
  },
};

/** One step of a story, as numbers; the worlds turn them into what is possible at that point. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('arrive' as const), inputs: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('happen' as const), choice: fc.nat(99), fails: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('strike' as const), choice: fc.nat(99), dies: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), choice: fc.nat(99) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function take(world: RecordingWorld, next: Step): void {
  if (next.kind === 'arrive') world.arrive(next.inputs, milliseconds(1));
  else if (next.kind === 'happen') world.happen(next.choice, next.fails && next.choice % 4 === 0, milliseconds(1));
  else if (next.kind === 'strike') world.strike(next.choice, next.dies);
  else world.leave(next.choice);
}

function slotsOf(queue: SlotQueue): number[] {
  return Array.from({ length: queue.length }, (_, at) => queue.at(at));
}

/** The changing part of a reducer's context. */
function contextOf(context: object): object {
  const plain = Object.entries(context).filter(([, value]) => typeof value === 'number' || value instanceof Int32Array);
  const queues = Object.entries(context).flatMap(([name, value]) => {
    if (name === 'queue') return [[name, slotsOf(value)]];
    return name === 'waiting' ? [[name, value.map(slotsOf)]] : [];
  });
  return Object.fromEntries([...plain, ...queues]);
}

function stateOf(world: RecordingWorld): object {
  const { fleet, requests, ledger } = world.serving;
  const { state, generation, queued, running, outstanding, waiting, busyTotalNs, staleMessages, totals, sampled } =
    fleet;
  return {
    contexts: [...world.contexts].map(([address, context]) => [address, contextOf(context)]),
    fleet: { state, generation, queued, running, outstanding, waiting, busyTotalNs, staleMessages, totals, sampled },
    machines: { state: fleet.machines.state, workers: fleet.machines.workers },
    requests: { outcome: requests.outcome, held: requests.held, worker: requests.worker, open: requests.open },
    ledger: { ended: ledger.ended, areaNs: ledger.openAreaNs },
    now: world.now,
    pending: world.pending,
  };
}

function expectSameStory(one: RecordingWorld, other: RecordingWorld, story: readonly Step[]): void {
  for (const next of story) {
    const seen = one.calls.length;
    take(one, next);
    take(other, next);
    expect(other.calls.slice(seen)).toEqual(one.calls.slice(seen));
    expect(stateOf(other)).toEqual(stateOf(one));
  }
}

/** Loses the third request that was assigned. */
class Forgetful extends LiveActors {
  private assigned = 0;

  override deliver(...[to, message]: Parameters<LiveActors['deliver']>): void {
    if (message.type === 'request.assigned') this.assigned += 1;
    if (message.type !== 'request.assigned' || this.assigned !== 3) super.deliver(to, message);
  }
}

describe('the kernel and XState interpret the same actors alike', () => {
  test.each(Object.entries(PLANS))('%s: same contexts, tables and port calls after every message', (_name, changes) => {
    const { serving } = livePlan(tableCatalogue(VARIANTS), { workers: [[0, 2]], ...changes });
    let steps = 0;
    let executed = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), (story) => {
        const kernelWay = new RecordingWorld(new Actors(), serving);
        const liveWay = new RecordingWorld(new LiveActors(), serving);
        expectSameStory(kernelWay, liveWay, story);
        steps += story.length;
        executed += kernelWay.calls.filter((call) => Array.isArray(call) && call[0] === 'execute').length;
      }),
      { numRuns: 12, seed: 20 },
    );
    // The stories must be worth comparing: batches ran, in a fair share of the steps.
    expect(executed).toBeGreaterThan(steps / 20);
  });

  test('one lost message is found out', () => {
    const { serving } = livePlan(tableCatalogue(VARIANTS), { workers: [[0, 2]] });
    const [story] = fc.sample(fc.array(step, { minLength: 100, maxLength: 100 }), { numRuns: 1, seed: 20 });
    const whole = new RecordingWorld(new Actors(), serving);
    const lossy = new RecordingWorld(new Forgetful(), serving);
    expect(() => expectSameStory(whole, lossy, story)).toThrow(/to deeply equal/);
  });

  test('an actor that throws stops the run under both', () => {
    const { serving } = livePlan(tableCatalogue(VARIANTS));
    for (const interpreter of [new Actors(), new LiveActors()]) {
      const { requests } = new RecordingWorld(interpreter, serving).serving;
      const breakDown = (): never => {
        throw new Error('broken table');
      };
      Object.defineProperty(requests, 'inputs', { get: breakDown });
      expect(() => interpreter.deliver(SCHEDULER, { type: 'request.arrived', slot: 0 })).toThrow('broken table');
    }
  });
});
