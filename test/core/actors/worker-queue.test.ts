/** A worker's queue as a function from messages to sends: batches, timers, drains, deaths, late answers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CANCELLED, DEAD, DRAINING, LOADING, NEVER, READY, queueOf, reason } from '../../../core/index.ts';
import type { AdmissionPolicy, Arrival, BatchingPolicy, WorkerId } from '../../../core/index.ts';
import { queueContext, queueLogic } from '../../../core/actors/worker-queue.ts';
import type { QueueContext } from '../../../core/actors/worker-queue.ts';
import { Bench, TIMINGS } from './bench.ts';

interface Parts {
  readonly maxBatch?: number;
  readonly limit?: number;
  /** Longest wait for a batch of `limit` inputs. */
  readonly delayNs?: number;
  readonly pulls?: boolean;
  readonly expires?: NonNullable<AdmissionPolicy['expires']>;
}

/** A bench with one ready worker whose queue is open. */
class QueueBench extends Bench {
  readonly it: WorkerId;
  readonly context: QueueContext;
  readonly finished: number[] = [];

  constructor({ maxBatch = 4, limit = maxBatch, delayNs = 0, pulls = false, expires }: Parts = {}) {
    super({ variants: [{ maxBatch }] });
    const { world, catalogue, requests, fleet, ledger, recorder } = this;
    const batching: BatchingPolicy = {
      limit: () => limit,
      startAt: (_worker, inputs, oldestNs, now) => {
        if (inputs >= limit) return now;
        return delayNs === NEVER ? NEVER : oldestNs + delayNs;
      },
      finished: (_worker, inputs) => void this.finished.push(inputs),
    };
    const admission: AdmissionPolicy = { admit: () => 0, ...(expires === undefined ? {} : { expires }) };
    this.it = this.worker();
    const input = { world, worker: this.it, catalogue, requests, fleet, ledger, recorder, batching, admission, pulls };
    this.context = queueContext(input);
    world.attach(queueOf(this.it), queueLogic, this.context);
    this.say({ type: 'queue.open' });
  }

  say(message: Parameters<Bench['deliver']>[1], now = this.world.now): string[] {
    return this.deliver(queueOf(this.it), message, now);
  }

  /** A request given to the worker arrives at its queue. */
  receive(parts: Partial<Arrival> = {}, now = this.world.now): string[] {
    this.world.now = now;
    const generation = this.fleet.generation[this.it];
    return this.say({ type: 'request.assigned', slot: this.assign(this.it, parts), generation });
  }

  finish(now = this.world.now): string[] {
    return this.say({ type: 'batch.finished', generation: this.fleet.generation[this.it], timings: TIMINGS }, now);
  }

  /** Queued, running and outstanding inputs. */
  get inputs(): number[] {
    const { queued, running, outstanding } = this.fleet;
    return [queued, running, outstanding].map((column) => column[this.it]);
  }
}

/** A worker whose first life ended in the middle of a batch, ready again under the same number. */
function reborn(): QueueBench {
  const bench = new QueueBench();
  bench.receive({}, 3);
  bench.fleet.setState(0, DEAD, 10);
  bench.say({ type: 'queue.abandon', generation: 1, reason: reason('worker-crashed') }, 10);
  bench.fleet.claim(0, 0, 0);
  bench.fleet.setState(0, LOADING, 11);
  bench.fleet.setState(0, READY, 12);
  bench.say({ type: 'queue.open' }, 12);
  return bench;
}

describe('an idle worker', () => {
  test('executes a request at once when the policy says now', () => {
    const bench = new QueueBench();
    expect(bench.receive()).toEqual(['execute worker-0 g1 [0] 1 inputs']);
    expect(bench.inputs).toEqual([0, 1, 1]);
  });

  test('waits for company as long as the policy says, then starts with what is there', () => {
    const bench = new QueueBench({ limit: 3, delayNs: 50 });
    expect(bench.receive({}, 10)).toEqual(['timer at 60: worker-0 < batch.due generation=1']);
    expect(bench.receive({}, 30)).toEqual([]);
    expect(bench.world.fire()).toEqual(['execute worker-0 g1 [0 1] 2 inputs']);
  });

  test('starts early when the batch is full, and takes its timer back', () => {
    const bench = new QueueBench({ limit: 2, delayNs: 50 });
    bench.receive({}, 10);
    expect(bench.receive({}, 20)).toEqual(['timer cancelled', 'execute worker-0 g1 [0 1] 2 inputs']);
    expect(bench.world.pendingTimers).toEqual([]);
  });

  test('never starts by itself when the policy says never', () => {
    const bench = new QueueBench({ limit: 2, delayNs: NEVER });
    expect(bench.receive()).toEqual([]);
    expect(bench.receive()).toEqual(['execute worker-0 g1 [0 1] 2 inputs']);
  });
});

describe('a message for an earlier life', () => {
  test('to drain, or to abandon the queue, is dropped and counted', () => {
    const bench = reborn();
    bench.receive({}, 20);
    const stale = bench.fleet.staleMessages;
    expect(bench.say({ type: 'queue.abandon', generation: 1, reason: reason('worker-crashed') })).toEqual([]);
    expect(bench.say({ type: 'queue.drain', generation: 1 })).toEqual([]);
    expect([bench.inputs, bench.fleet.staleMessages - stale]).toEqual([[0, 1, 1], 2]);
  });
});

describe('an idle worker that is not asked to pull', () => {
  test('says so only while some worker is owed', () => {
    const bench = new QueueBench();
    bench.receive();
    expect(bench.finish(5)).toEqual([]);
    bench.receive();
    bench.fleet.demand.owe(0);
    expect(bench.finish(9)).toEqual(['scheduler < worker.idle worker=0']);
  });
});

describe('a busy worker', () => {
  test('runs one batch at a time, the next with all that joined meanwhile', () => {
    const bench = new QueueBench({ maxBatch: 4, limit: 4 });
    bench.receive();
    expect([bench.receive(), bench.receive()]).toEqual([[], []]);
    expect(bench.inputs).toEqual([2, 1, 3]);
    expect(bench.finish(100)).toEqual(['execute worker-0 g1 [1 2] 2 inputs']);
    expect(bench.inputs).toEqual([0, 2, 2]);
  });

  test('ignores a due timer while a batch runs', () => {
    const bench = new QueueBench();
    bench.receive();
    expect(bench.say({ type: 'batch.due', generation: 1 })).toEqual([]);
  });

  test('tells the policy how large the batch was and the recorder its size', () => {
    const bench = new QueueBench();
    bench.receive({ inputs: 3 });
    bench.finish(50);
    expect(bench.finished).toEqual([3]);
    expect([...bench.recorder.batchSizes.subarray(0, 5)]).toEqual([0, 0, 0, 1, 0]);
  });
});

describe('weights', () => {
  test('a batch takes whole requests up to the limit, in order: nobody overtakes', () => {
    const bench = new QueueBench({ maxBatch: 8, limit: 5 });
    bench.receive({ inputs: 1 });
    for (const inputs of [2, 2, 3, 1]) bench.receive({ inputs });
    // 2 + 2, because 3 more would be 7; the 1 behind them waits for its turn.
    expect(bench.finish(10)).toEqual(['execute worker-0 g1 [1 2] 4 inputs']);
    expect(bench.finish(20)).toEqual(['execute worker-0 g1 [3 4] 4 inputs']);
  });

  test('a request larger than the limit runs alone', () => {
    const bench = new QueueBench({ maxBatch: 8, limit: 2 });
    bench.receive({ inputs: 1 });
    for (const inputs of [1, 6, 1]) bench.receive({ inputs });
    expect(bench.finish(10)).toEqual(['execute worker-0 g1 [1] 1 inputs']);
    expect(bench.finish(20)).toEqual(['execute worker-0 g1 [2] 6 inputs']);
    expect(bench.finish(30)).toEqual(['execute worker-0 g1 [3] 1 inputs']);
  });

  test('a policy’s limit above the variant’s maximum is the maximum', () => {
    const bench = new QueueBench({ maxBatch: 2, limit: 99, delayNs: 10 });
    bench.receive({}, 0);
    for (let i = 0; i < 4; i += 1) bench.receive({}, 0);
    expect(bench.world.fire()).toEqual(['execute worker-0 g1 [0 1] 2 inputs']);
  });
});

describe('requests that end while they wait', () => {
  test('a cancelled one drops out when the batch is formed, and its slot comes back', () => {
    const bench = new QueueBench();
    bench.receive();
    bench.receive();
    bench.receive();
    bench.ledger.end(1, CANCELLED, reason('client-cancelled'), 5);
    expect(bench.finish(10)).toEqual(['execute worker-0 g1 [2] 1 inputs']);
    expect(bench.inputs).toEqual([0, 1, 1]);
    expect([bench.open(), bench.open()]).toContain(1);
  });

  test('one that expires drops out with its reason', () => {
    const bench = new QueueBench({ expires: (slot) => slot === 1 });
    for (let i = 0; i < 3; i += 1) bench.receive();
    expect(bench.finish(10)).toEqual(['execute worker-0 g1 [2] 1 inputs']);
    expect(bench.outcomes()).toEqual(['0 served', '1 expired deadline-passed']);
  });

  test('when all have ended the worker is idle and asks for work', () => {
    const bench = new QueueBench({ pulls: true, expires: (slot) => slot > 0 });
    bench.receive();
    bench.receive();
    expect(new Set(bench.finish(10))).toEqual(new Set(['scheduler < worker.idle worker=0']));
    expect(bench.inputs).toEqual([0, 0, 0]);
  });

  test('one cancelled while its batch runs is not answered, and its slot comes back at the end', () => {
    const bench = new QueueBench();
    bench.receive();
    bench.ledger.end(0, CANCELLED, reason('client-cancelled'), 5);
    expect(bench.open()).not.toBe(0);
    bench.finish(10);
    expect(bench.outcomes()).toEqual(['0 cancelled client-cancelled']);
    expect(bench.open()).toBe(0);
  });
});

describe('a worker that pulls', () => {
  test('asks for work when a batch ends and nothing waits', () => {
    const bench = new QueueBench({ pulls: true });
    bench.receive();
    expect(bench.finish(10)).toEqual(['scheduler < worker.idle worker=0']);
  });

  test('asks for company while it waits for a batch to fill', () => {
    const bench = new QueueBench({ pulls: true, limit: 2, delayNs: 50 });
    bench.receive({ inputs: 2 }, 0);
    bench.receive({}, 5);
    expect(bench.finish(10)).toEqual([
      'timer at 55: worker-0 < batch.due generation=1',
      'scheduler < worker.idle worker=0',
    ]);
  });
});

describe('a failed batch', () => {
  test('fails its requests with the reason, and the worker goes on', () => {
    const bench = new QueueBench();
    for (let i = 0; i < 2; i += 1) bench.receive();
    const failure = { type: 'batch.failed', generation: 1, reason: reason('execution-failed') } as const;
    expect(bench.say(failure, 10)).toEqual(['execute worker-0 g1 [1] 1 inputs']);
    expect(bench.outcomes()).toEqual(['0 failed execution-failed']);
    expect(bench.recorder.batchSizes[1]).toBe(0);
  });
});

describe('a drained worker', () => {
  test('gives back what waits, finishes what runs, then reports', () => {
    const bench = new QueueBench();
    for (let i = 0; i < 3; i += 1) bench.receive();
    bench.fleet.setState(0, DRAINING, 5);
    expect(bench.say({ type: 'queue.drain', generation: 1 })).toEqual([
      'scheduler < request.returned slot=1',
      'scheduler < request.returned slot=2',
    ]);
    expect(bench.inputs).toEqual([0, 1, 1]);
    expect(bench.finish(10)).toEqual(['worker-0/lifecycle < queue.drained generation=1']);
    expect(bench.outcomes()).toEqual(['0 served']);
  });

  test('reports at once when nothing runs, and takes its timer back', () => {
    const bench = new QueueBench({ limit: 2, delayNs: 50 });
    bench.receive();
    bench.fleet.setState(0, DRAINING, 5);
    expect(bench.say({ type: 'queue.drain', generation: 1 })).toEqual([
      'timer cancelled',
      'scheduler < request.returned slot=0',
      'worker-0/lifecycle < queue.drained generation=1',
    ]);
    expect(bench.inputs).toEqual([0, 0, 0]);
  });

  test('accepts no new batch: what still arrives is given back', () => {
    const bench = new QueueBench();
    bench.fleet.setState(0, DRAINING, 5);
    expect(bench.receive()).toEqual(['scheduler < request.returned slot=0']);
    expect(bench.inputs).toEqual([0, 0, 0]);
  });

  test('that fails its last batch has drained as well', () => {
    const bench = new QueueBench();
    bench.receive();
    bench.fleet.setState(0, DRAINING, 5);
    bench.say({ type: 'queue.drain', generation: 1 });
    const failure = { type: 'batch.failed', generation: 1, reason: reason('execution-failed') } as const;
    expect(bench.say(failure)).toEqual(['worker-0/lifecycle < queue.drained generation=1']);
  });
});

describe('an abandoned worker', () => {
  test('fails what runs with the reason and gives back what waits', () => {
    const bench = new QueueBench();
    for (let i = 0; i < 3; i += 1) bench.receive();
    bench.fleet.setState(0, DEAD, 7);
    expect(bench.say({ type: 'queue.abandon', generation: 1, reason: reason('worker-crashed') }, 7)).toEqual([
      'scheduler < request.returned slot=1',
      'scheduler < request.returned slot=2',
    ]);
    expect(bench.outcomes()).toEqual(['0 failed worker-crashed']);
    expect(bench.inputs).toEqual([0, 0, 0]);
  });

  test('counts the time its batch ran until then as busy', () => {
    const bench = new QueueBench();
    bench.receive({}, 3);
    bench.say({ type: 'queue.abandon', generation: 1, reason: reason('worker-crashed') }, 10);
    expect(bench.fleet.busyNs[0]).toBe(7);
  });

  test('drops and counts the late answer of its batch, though its number was not used again', () => {
    const bench = new QueueBench();
    bench.receive({}, 3);
    bench.fleet.setState(0, DEAD, 10);
    bench.say({ type: 'queue.abandon', generation: 1, reason: reason('worker-crashed') }, 10);
    expect(bench.finish(50)).toEqual([]);
    expect(bench.fleet.staleMessages).toBe(1);
    expect([bench.fleet.busyNs[0], bench.finished]).toEqual([7, []]);
    expect(bench.recorder.batchSizes.every((count) => count === 0)).toBe(true);
  });

  test('drops and counts the late failure of its batch', () => {
    const bench = new QueueBench();
    bench.receive({}, 3);
    bench.fleet.setState(0, DEAD, 10);
    bench.say({ type: 'queue.abandon', generation: 1, reason: reason('worker-crashed') }, 10);
    bench.say({ type: 'batch.failed', generation: 1, reason: reason('execution-failed') }, 50);
    expect([bench.fleet.staleMessages, bench.fleet.busyNs[0]]).toEqual([1, 7]);
  });
});

describe('a next life under the same number', () => {
  test('drops and counts answers and timers of the life before', () => {
    const bench = reborn();
    bench.receive({}, 20);
    expect(bench.inputs).toEqual([0, 1, 1]);
    bench.say({ type: 'batch.finished', generation: 1, timings: TIMINGS }, 30);
    bench.say({ type: 'batch.due', generation: 1 }, 31);
    expect(bench.fleet.staleMessages).toBe(2);
    expect(bench.inputs).toEqual([0, 1, 1]);
    expect(bench.finish(40)).toEqual([]);
    expect(bench.outcomes()).toEqual(['0 failed worker-crashed', '1 served']);
  });

  test('gives back a request that was sent to the life before, and never counts it as its own', () => {
    const bench = reborn();
    const slot = bench.open();
    bench.requests.held[slot] = 1;
    expect(bench.say({ type: 'request.assigned', slot, generation: 1 })).toEqual([
      `scheduler < request.returned slot=${slot}`,
    ]);
    expect([bench.fleet.staleMessages, ...bench.inputs]).toEqual([1, 0, 0, 0]);
  });
});

describe('any sequence of messages', () => {
  const command = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('receive' as const), inputs: fc.integer({ min: 1, max: 8 }) }),
    },
    { weight: 4, arbitrary: fc.constant({ do: 'finish' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'fail' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(30) }) },
    { weight: 2, arbitrary: fc.constant({ do: 'fire' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'drain' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'abandon' as const }) },
  );

  test('ends or gives back every request once, keeps its counts true and its batches within the limit', () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(0, 20, NEVER),
        (commands, limit, delayNs) => {
          const bench = new QueueBench({ maxBatch: 8, limit, delayNs });
          const { fleet, requests, world } = bench;
          const seen: string[] = [];
          let received = 0;
          for (const step of commands) {
            world.now += 1;
            const alive = fleet.state[bench.it] === READY;
            if (step.do === 'receive') {
              seen.push(...bench.receive({ inputs: step.inputs }));
              received += 1;
            } else if (step.do === 'finish' && fleet.running[bench.it] > 0) seen.push(...bench.finish());
            else if (step.do === 'fail' && fleet.running[bench.it] > 0) {
              seen.push(...bench.say({ type: 'batch.failed', generation: 1, reason: reason('execution-failed') }));
            } else if (step.do === 'cancel') {
              const open = requests.openSlots();
              if (open.length > 0)
                bench.ledger.end(open[step.which % open.length], CANCELLED, reason('client-cancelled'), world.now);
            } else if (step.do === 'fire' && world.pendingTimers.length > 0) seen.push(...world.fire());
            else if (step.do === 'drain' && alive) {
              fleet.setState(bench.it, DRAINING, world.now);
              seen.push(...bench.say({ type: 'queue.drain', generation: 1 }));
            } else if (step.do === 'abandon' && alive) {
              fleet.setState(bench.it, DEAD, world.now);
              seen.push(...bench.say({ type: 'queue.abandon', generation: 1, reason: reason('worker-crashed') }));
            }
            const [waiting, running, outstanding] = bench.inputs;
            expect(outstanding).toBe(waiting + running);
            expect(Math.min(waiting, running)).toBeGreaterThanOrEqual(0);
            expect(world.pendingTimers.length).toBeLessThanOrEqual(1);
          }
          while (fleet.running[bench.it] > 0) seen.push(...bench.finish());
          const { queue } = bench.context;
          const queued = Array.from({ length: queue.length }, (_, position) => queue.at(position));
          const returned = seen.flatMap((line) => /request.returned slot=(\d+)/.exec(line)?.[1] ?? []).map(Number);
          const open = requests.openSlots();
          // What is open is in the queue or was given back, nowhere else and in one of them only.
          const found = [...queued, ...returned].filter((slot) => open.includes(slot));
          expect(found.sort((a, b) => a - b)).toEqual(open);
          expect(bench.ledger.ended + open.length).toBe(received);
          for (const [, slots, inputs] of seen.map((line) => /execute .* \[(.*)\] (\d+) inputs/.exec(line) ?? [])) {
            if (inputs === undefined) continue;
            expect(Number(inputs) <= limit || slots.split(' ').length === 1).toBe(true);
          }
        },
      ),
      { seed: 20_260_316, numRuns: 200 },
    );
  });
});
