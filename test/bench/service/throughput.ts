/**
 * How much one worker serves when there is always more to do, beside a bare loop on one thread that runs batches of the
 * same sizes. The two take turns, so that a slow moment of the machine meets both.
 */
import { HttpConnection } from './http-connection.ts';
import type { SceneModel } from './scene.ts';
import type { CpuShare } from './cpu-shares.ts';
import { cpuShares } from './cpu-shares.ts';
import type { Stage } from './stage.ts';
import { getRequest } from './requests.ts';

export interface ThroughputFigures {
  readonly model: string;
  readonly connections: number;
  /** Medians over the rounds. */
  readonly inputsPerSecond: number;
  readonly bareInputsPerSecond: number;
  readonly ratio: number;
  /** Least and greatest of the rounds. */
  readonly ratioSpread: readonly [number, number];
  readonly meanBatch: number;
  readonly bareBatchMs: number;
  readonly latencyMedianMs: number;
  readonly latencyP99Ms: number;
  /** Processor time of the server's own process for each answer. */
  readonly serverCpuUsPerAnswer: number;
  readonly engineCpuUsPerAnswer: number;
  /** Of the server's process, measured in a round of its own: the profiler is not free. */
  readonly shares: readonly CpuShare[];
}

interface Round {
  readonly served: number;
  readonly bare: number;
  readonly batches: readonly BatchCount[];
  readonly bareBatchMs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly serverCpuUs: number;
  readonly engineCpuUs: number;
}

interface BatchCount {
  readonly size: number;
  readonly count: number;
}

/** Batches' worth of requests that are open all the time: one runs, others wait or are on their way. */
const BATCHES_OPEN = 3;
/** Of a round, until the load is even. */
const WARM_UP_SHARE = 0.2;
/** Batches of a bare turn's sequence, in the proportion in which the worker ran them. */
const SEQUENCE = 50;

/** @param roundMs of each side. @param rounds at least 1. */
export async function throughputBenchmark(stage: Stage, roundMs: number, rounds: number): Promise<ThroughputFigures[]> {
  const { slow, network, small } = stage.scene;
  const figures: ThroughputFigures[] = [];
  for (const model of [slow, network, small]) figures.push(await throughputOf(stage, model, { roundMs, rounds }));
  return figures;
}

async function throughputOf(
  stage: Stage,
  model: SceneModel,
  { roundMs, rounds }: { readonly roundMs: number; readonly rounds: number },
): Promise<ThroughputFigures> {
  // Code is compiled while it runs: the first seconds of a server are not those of its life.
  await saturate(stage, model, roundMs);
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) done.push(await roundOf(stage, model, roundMs));
  await stage.server.call('startProfile', undefined);
  await saturate(stage, model, roundMs);
  const shares = cpuShares(await stage.server.call('stopProfile', undefined));
  const medianOf = (value: (round: Round) => number): number => median(done.map(value));
  const ratios = done.map(({ served, bare }) => served / bare);
  return {
    model: model.name,
    connections: connectionsFor(model),
    inputsPerSecond: medianOf(({ served }) => served),
    bareInputsPerSecond: medianOf(({ bare }) => bare),
    ratio: median(ratios),
    ratioSpread: [Math.min(...ratios), Math.max(...ratios)],
    meanBatch: medianOf(({ batches }) => meanSize(batches)),
    bareBatchMs: medianOf(({ bareBatchMs }) => bareBatchMs),
    latencyMedianMs: medianOf(({ medianMs }) => medianMs),
    latencyP99Ms: medianOf(({ p99Ms }) => p99Ms),
    serverCpuUsPerAnswer: medianOf(({ serverCpuUs }) => serverCpuUs),
    engineCpuUsPerAnswer: medianOf(({ engineCpuUs }) => engineCpuUs),
    shares,
  };
}

async function roundOf(stage: Stage, model: SceneModel, roundMs: number): Promise<Round> {
  const countsBefore = await batchCounts(stage, model);
  const usageBefore = await stage.server.call('usage', undefined);
  const { answersPerSecond, medianMs, p99Ms } = await saturate(stage, model, roundMs);
  const usage = await stage.server.call('usage', undefined);
  const batches = difference(await batchCounts(stage, model), countsBefore);
  const answers = inputsOf(batches);
  const bare = await stage.bare.call('loop', { model, batches: sequenceOf(batches), durationMs: roundMs });
  return {
    served: answersPerSecond,
    bare: bare.inputsPerSecond,
    batches,
    bareBatchMs: bare.batchMs,
    medianMs,
    p99Ms,
    serverCpuUs: (usage.cpuUs - usageBefore.cpuUs) / answers,
    engineCpuUs: (usage.engineCpuUs - usageBefore.engineCpuUs) / answers,
  };
}

function saturate({ load, addresses }: Stage, model: SceneModel, roundMs: number) {
  const target = { speech: 'binary', model, address: addresses['http'] } as const;
  const durationMs = roundMs * (1 + WARM_UP_SHARE);
  return load.call('saturate', {
    target,
    connections: connectionsFor(model),
    durationMs,
    warmUpMs: roundMs * WARM_UP_SHARE,
  });
}

function connectionsFor({ maxBatch }: SceneModel): number {
  return BATCHES_OPEN * maxBatch;
}

interface Statistics {
  readonly model_stats: readonly {
    readonly batch_stats: readonly {
      readonly batch_size: number;
      readonly compute_infer: { readonly count: number };
    }[];
  }[];
}

/** Batches by size so far, from the protocol's own statistics. */
async function batchCounts({ addresses }: Stage, { name }: SceneModel): Promise<readonly BatchCount[]> {
  const connection = await HttpConnection.open(Number(new URL(addresses['http']).port));
  const answer = await connection.exchange(getRequest(`/v2/models/${name}/stats`));
  connection.close();
  // The form is that of the protocol.
  const {
    model_stats: [stats],
  } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Statistics;
  return stats.batch_stats.map(({ batch_size: size, compute_infer: { count } }) => ({ size, count }));
}

function difference(after: readonly BatchCount[], before: readonly BatchCount[]): readonly BatchCount[] {
  return after.map(({ size, count }) => ({
    size,
    count: count - (before.find((each) => each.size === size)?.count ?? 0),
  }));
}

function inputsOf(batches: readonly BatchCount[]): number {
  return batches.reduce((sum, { size, count }) => sum + size * count, 0);
}

function meanSize(batches: readonly BatchCount[]): number {
  return inputsOf(batches) / batches.reduce((sum, { count }) => sum + count, 0);
}

/** Sizes in the proportion of their counts, the rounding carried on so that the mean stays. */
function sequenceOf(batches: readonly BatchCount[]): readonly number[] {
  const all = batches.reduce((sum, { count }) => sum + count, 0);
  let owed = 0;
  return batches.flatMap(({ size, count }) => {
    owed += (SEQUENCE * count) / all;
    const times = Math.round(owed);
    owed -= times;
    return new Array<number>(times).fill(size);
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
