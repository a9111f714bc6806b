/**
 * The Twitter-like day of E7 and E8: its traffic, its objectives, and what the developers of the baselines choose.
 * Everything assumed about them is here and was fixed before any result was looked at; `build-twitter-day.ts` writes
 * it out. "The paper" is INFaaS (USENIX ATC 2021), "Proteus" ASPLOS 2024; what names no source is this project's own
 * choice.
 */
import { bundledCatalogue, selectCatalogue } from '../../../backends/index.ts';
import { NANOS_PER_MILLISECOND, Stream, invariant } from '../../../core/index.ts';
import type { Catalogue, Nanos, Variant } from '../../../core/index.ts';

/** As many architectures as in the paper, by popularity: alphabetically, so that nobody chose the order. */
export const ARCHITECTURES = [
  'alexnet',
  'densenet121',
  'densenet161',
  'densenet169',
  'densenet201',
  'inception-resnet-v2',
  'inception-v3',
  'inception-v4',
  'mobilenet-v1',
  'mobilenet-v2',
  'mobilenet-v3-small',
  'nasnet-large',
  'resnet101',
  'resnet152',
  'resnet18',
  'resnet34',
  'resnet50',
  'resnext50',
  'vgg11',
  'vgg13',
  'vgg16',
  'vgg19',
] as const;

/** Zipf's exponent over the architectures: that of Proteus, which says it follows INFaaS. */
export const ZIPF_EXPONENT = 1.001;

/** A day is played in an hour. */
export const DAY_S = 3600;
/** GPU machines of the static cluster, and at most for everybody. */
export const GPU_MACHINES = 7;
/** The busiest second asks for this much of what the static cluster can answer: peaks overload it, as in Proteus. */
const PEAK_SHARE = 1.5;
/** Night and noon, as shares of the static cluster's capacity. */
const NIGHT_SHARE = 0.2;
const NOON_SHARE = 0.8;
/** Unexpected spikes, as the paper's days have: how many, how long, how many times the load of their moment. */
const SPIKES = 8;
const SPIKE_S = [30, 60] as const;
const SPIKE_FACTOR = [3, 5] as const;
/** Workers of the static cluster: four for each of its GPUs, shared out by load, one architecture each at least. */
const STATIC_WORKERS = 4 * GPU_MACHINES;

export interface Served {
  readonly architecture: string;
  /** Share of the requests, 0 to 1. */
  readonly share: number;
  readonly latencyNs: Nanos;
  /** What a developer of a system without model selection deploys. */
  readonly chosen: Variant;
  /** Time of one input of a full batch of it. */
  readonly perInputNs: Nanos;
}

/** The catalogue of the experiments: every variant of the architectures. */
export function dayCatalogue(): Catalogue {
  const variants = ARCHITECTURES.map((architecture) => ({ architecture }));
  return selectCatalogue(bundledCatalogue(), { variants, sampling: 'mean', extrapolate: false });
}

/** Shares, objectives and the developers' choices, in the order of popularity. */
export function servedBy(catalogue: Catalogue): Served[] {
  const weights = ARCHITECTURES.map((_, rank) => Math.exp(-ZIPF_EXPONENT * Math.log(rank + 1)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return ARCHITECTURES.map((architecture, rank) => {
    const variants = catalogue.ofArchitecture(architecture).map((index) => catalogue.variants[index]);
    const latencyNs = objectiveOf(catalogue, variants, rank);
    const chosen = developersChoice(catalogue, variants, latencyNs);
    const perInputNs = catalogue.latency[chosen.index].expectedBatchNs(chosen.maxBatch) / chosen.maxBatch;
    return { architecture, share: weights[rank] / total, latencyNs, chosen, perInputNs };
  });
}

/** In turn: twice the fastest CPU variant, 1.2 times the GPU's batch of 8, 50 ms. In whole milliseconds. */
function objectiveOf(catalogue: Catalogue, variants: readonly Variant[], rank: number): Nanos {
  const aloneNs = ({ index }: Variant): Nanos => catalogue.latency[index].expectedBatchNs(1);
  const cpu = variants.filter(({ hardware }) => hardware === 'cpu').map(aloneNs);
  const eight = variants.find(({ framework, maxBatch }) => framework === 'tensorrt' && maxBatch === 8);
  invariant(eight !== undefined, 'every architecture has a TensorRT variant for batches of 8');
  const objectivesNs = [
    2 * Math.min(...cpu),
    1.2 * catalogue.latency[eight.index].expectedBatchNs(8),
    50 * NANOS_PER_MILLISECOND,
  ];
  return Math.ceil(objectivesNs[rank % 3] / NANOS_PER_MILLISECOND) * NANOS_PER_MILLISECOND;
}

/**
 * A developer who provisions for the peak deploys on GPUs: the TensorRT variant with the largest batch that still
 * leaves half of the objective for queueing, else the one with the smallest batch.
 */
function developersChoice(catalogue: Catalogue, variants: readonly Variant[], latencyNs: Nanos): Variant {
  const ladder = variants
    .filter(({ framework }) => framework === 'tensorrt')
    .toSorted((a, b) => a.maxBatch - b.maxBatch);
  const fits = ladder.filter(
    ({ index, maxBatch }) => 2 * catalogue.latency[index].expectedBatchNs(maxBatch) <= latencyNs,
  );
  const chosen = fits.at(-1) ?? ladder.at(0);
  invariant(chosen !== undefined, 'every architecture has TensorRT variants');
  return chosen;
}

/** What the GPUs of the static cluster can answer of this mix, in requests per second. */
export function staticCapacityRps(served: readonly Served[]): number {
  const meanNs = served.reduce((sum, { share, perInputNs }) => sum + share * perInputNs, 0);
  return (GPU_MACHINES * 1000 * NANOS_PER_MILLISECOND) / meanNs;
}

/** Workers of each choice on the static cluster: by share of the load, one at least, largest remainders first. */
export function staticWorkers(served: readonly Served[]): Map<string, number> {
  const loads = served.map(({ share, perInputNs }) => share * perInputNs);
  const total = loads.reduce((sum, load) => sum + load, 0);
  const counts = served.map(() => 1);
  const wanted = loads.map((load) => (load / total) * STATIC_WORKERS);
  for (let left = STATIC_WORKERS - served.length; left > 0; left -= 1) {
    const gaps = wanted.map((want, index) => want - counts[index]);
    counts[gaps.indexOf(Math.max(...gaps))] += 1;
  }
  return new Map(served.map(({ chosen }, index) => [chosen.name, counts[index]]));
}

/** Requests of each second of the day. */
export function requestsPerSecond(capacityRps: number): number[] {
  const random = new Stream('twitter-like day');
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * random.unit();
  const factors = Array.from({ length: DAY_S }, () => 1);
  for (let spike = 0; spike < SPIKES; spike += 1) {
    const lasts = Math.round(between(SPIKE_S));
    const start = Math.floor(random.unit() * (DAY_S - lasts));
    factors.fill(between(SPIKE_FACTOR), start, start + lasts);
  }
  const middle = (NIGHT_SHARE + NOON_SHARE) / 2;
  const swing = (NOON_SHARE - NIGHT_SHARE) / 2;
  return factors.map((factor, second) => {
    const share = factor * (middle - swing * Math.cos((2 * Math.PI * second) / DAY_S));
    return Math.round(Math.min(PEAK_SHARE, share) * capacityRps);
  });
}
