/**
 * `npm run bench -- micro`: what the pieces of the hot path cost, side by side, by tinybench. The first pair is the
 * reason why the kernel calls `logic.transition` itself: the same reducer through an XState actor and without one.
 */
import { Bench } from 'tinybench';
import { createActor } from 'xstate';
import { Calendar, Digest, LogHistogram, NEVER, PHASE_TIMERS, Stream, reducer } from '../../core/index.ts';

export interface MicroFigure {
  readonly name: string;
  /** Median time of one operation. */
  readonly medianNs: number;
}

interface Counter {
  count: number;
}

/** @param milliseconds how long each piece is measured. */
export async function microBenchmark(milliseconds: number): Promise<MicroFigure[]> {
  const bench = new Bench({ time: milliseconds, warmupTime: milliseconds / 4 });
  addDelivery(bench);
  addCalendar(bench);
  const histogram = new LogHistogram();
  const digest = new Digest();
  const stream = new Stream('bench');
  repeat(bench, 'histogram add', (i) => histogram.add(1000 + i));
  repeat(bench, 'digest event', (i) => digest.event(i, i, 1, 2, i));
  repeat(bench, 'uniform draw', () => stream.unit());
  repeat(bench, 'exponential draw', () => stream.exponential(1));
  repeat(bench, 'gamma draw', () => stream.gamma(0.5, 2));
  await bench.run();
  return bench.tasks.map((task) => {
    const { result } = task;
    if (!('latency' in result)) throw new Error(`${task.name} was not measured`);
    return { name: task.name, medianNs: (result.latency.p50 * 1e6) / OPERATIONS };
  });
}

/** A timer resolves microseconds, an operation takes nanoseconds: each sample is this many. */
const OPERATIONS = 1000;

function repeat(bench: Bench, name: string, operation: (i: number) => void): void {
  bench.add(name, () => {
    for (let i = 0; i < OPERATIONS; i += 1) operation(i);
  });
}

function addDelivery(bench: Bench): void {
  const logic = reducer<Counter, { readonly type: 'bump' }>((context) => {
    context.count += 1;
  });
  const bump = { type: 'bump' } as const;
  const actor = createActor(logic, { input: { count: 0 } }).start();
  // The scope is what a reducer never uses.
  const scope = {} as Parameters<typeof logic.transition>[2];
  const snapshot = logic.getInitialSnapshot(scope, { count: 0 });
  repeat(bench, 'reducer through actor.send', () => actor.send(bump));
  repeat(bench, 'reducer through logic.transition', () => logic.transition(snapshot, bump, scope));
}

/** Taking one event and adding another among a hundred pending ones. */
function addCalendar(bench: Bench): void {
  const calendar = new Calendar();
  const stream = new Stream('calendar');
  const message = { type: 'batch.due', generation: 1 } as const;
  for (let i = 0; i < 100; i += 1) calendar.add(stream.int(1000), PHASE_TIMERS, 0, message);
  repeat(bench, 'calendar hold, 100 pending', () => {
    const now = calendar.nextNs();
    if (now === NEVER) return;
    calendar.take();
    calendar.add(now + stream.int(1000), PHASE_TIMERS, 0, message);
  });
}
