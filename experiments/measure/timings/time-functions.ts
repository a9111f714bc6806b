/**
 * Micro-measurements by tinybench: single functions of pre- and postprocessing, called back to back in this process.
 * The functions take turns in rounds, so that none meets a busy moment alone, and the interval is over the rounds:
 * calls of one round share its luck. A loop is kind to caches; in the handle part the same functions take longer.
 */
import { median, sampleStandardDeviation } from 'simple-statistics';
import { Bench } from 'tinybench';
import type { Statistics } from 'tinybench';
import { argmax, FASHION_MNIST, softmax, topIndexes, writeNormalised } from '../../../backends/index.ts';
import type { TimingsMicro } from '../../../core/index.ts';
import { Stream, toMilliseconds } from '../../../core/index.ts';
import { intervalOf } from '../../statistics/index.ts';
import { samplesNeeded } from './summarise-phase.ts';
import type { MicroConfig } from './timings-config.ts';

const CLASSES = 1000;
const SIDE = 224;
const TOP = 5;
/** Half-width wanted of a median, relative to it, for the number of rounds that is stated. */
const PRECISION = 0.01;
/** Two-sided 95 % point of the normal distribution. */
const Z = 1.96;
const US_PER_MS = 1000;

interface Task {
  readonly name: string;
  readonly doc: string;
  readonly call: () => unknown;
}

/** @returns the functions timed; none when it was interrupted before all rounds were done. */
export async function timeFunctions(
  { rounds, timeNs }: MicroConfig,
  { seed, signal }: { readonly seed: string; readonly signal?: AbortSignal | undefined },
): Promise<TimingsMicro[]> {
  const tasks = tasksOf(new Stream(`${seed}/micro`));
  const found = new Map<string, Statistics[]>(tasks.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    if (signal?.aborted === true) return [];
    const bench = new Bench({ time: toMilliseconds(timeNs), warmupTime: toMilliseconds(timeNs) / 5, iterations: 10 });
    for (const { name, call } of tasks) bench.add(name, () => void call());
    await bench.run();
    for (const { name, result } of bench.tasks) {
      if (result.state === 'completed') found.get(name)?.push(result.latency);
    }
  }
  return tasks.map(({ name, doc }) => microOf({ name, doc }, found.get(name) ?? []));
}

function tasksOf(stream: Stream): readonly Task[] {
  const logits = Float32Array.from({ length: CLASSES }, () => stream.normal());
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, () => stream.int(256));
  const plane = new Float32Array(SIDE * SIDE);
  const tensor = new Uint8Array(3 * SIDE * SIDE * Float32Array.BYTES_PER_ELEMENT);
  const copy = new Uint8Array(tensor.length);
  return [
    {
      name: 'normalise',
      doc: `one plane of ${SIDE}x${SIDE} pixels to float32`,
      call: () => writeNormalised(pixels, plane, { offset: 0, normalisation: FASHION_MNIST }),
    },
    { name: 'softmax', doc: `${CLASSES} logits`, call: () => softmax(logits) },
    { name: 'argmax', doc: `${CLASSES} numbers`, call: () => argmax(logits) },
    { name: 'top-k', doc: `${TOP} of ${CLASSES} numbers`, call: () => topIndexes(logits, TOP) },
    { name: 'copy', doc: `a tensor of 3x${SIDE}x${SIDE} float32 (602 kB)`, call: () => copy.set(tensor) },
  ];
}

/** One function from its rounds, at least one. */
export function microOf(task: Pick<Task, 'name' | 'doc'>, rounds: readonly Statistics[]): TimingsMicro {
  const medians = rounds.map(({ p50 }) => p50 * US_PER_MS);
  const { mean: medianUs, low, high } = intervalOf(medians);
  const spread = medians.length < 2 ? 0 : sampleStandardDeviation(medians) / medianUs;
  const root = (Z * spread) / PRECISION;
  const samples = rounds.reduce((sum, { samplesCount }) => sum + samplesCount, 0);
  const p99Needed = samplesNeeded(99);
  // Each round has a percentile of its own, so each needs the calls.
  const least = Math.min(...rounds.map(({ samplesCount }) => samplesCount));
  return {
    ...task,
    samples,
    rounds: rounds.length,
    roundsNeeded: Math.max(2, Math.ceil(root * root)),
    medianUs,
    lowUs: low,
    highUs: high,
    p99Us: least < p99Needed ? null : median(rounds.map(({ p99 }) => p99 * US_PER_MS)),
    p99Needed,
  };
}
