/**
 * The rules that make variants of a network out of ResNet50's: published relations between two networks, applied to
 * the times that INFaaS published of one. It knows no files. Invariant: nothing scaled is passed off as measured;
 * `family-text` marks every profile as synthesised.
 */
import type { Bytes, Nanos } from '../../../core/index.ts';
import type { VariantDefinition } from '../definitions.ts';
import type { Network } from './networks.ts';
import { RESNET50 } from './networks.ts';

/** Load times that INFaaS published lie between these two, over all its variants (USENIX ATC 2021, section 2). */
const SHORTEST_LOAD_NS = 590_000_000;
const LONGEST_LOAD_NS = 11_000_000_000;

/**
 * A call of a NeuronCore costs something however small the network: a quarter of ResNet50's time at least (own choice,
 * 5.5 ms).
 */
const INFERENTIA_FLOOR = 0.25;

export interface ScaledRow {
  readonly batch: number;
  readonly meanNs: Nanos;
  /** What ResNet50's time was multiplied by. */
  readonly ratio: number;
}

export interface ScaledVariant {
  readonly name: string;
  /** ResNet50's variant it was made from. */
  readonly anchor: VariantDefinition;
  readonly rows: readonly ScaledRow[];
  readonly loadNs: Nanos;
  readonly peakMemoryBytes: Bytes;
  /** Where the ratios come from. */
  readonly source: string;
}

/**
 * A network's variant on the hardware and framework of one of ResNet50's.
 *
 * - A batch takes ResNet50's time times the ratio of the two networks' published step times: on a V100 those of a GPU,
 *   on CPU those of a CPU (of multiply-accumulates where none is published), on Inferentia the ratio of
 *   multiply-accumulates, at least `INFERENTIA_FLOOR`.
 * - A load takes the time on a straight line over the number of weights, through the shortest published load (0.59 s,
 *   no weights) and ResNet50's own on the same hardware, at most the longest published one (11 s).
 * - Memory is ResNet50's times the ratio of weights.
 *
 * Times and memory keep four significant digits.
 */
export function scaledVariant(network: Network, anchor: VariantDefinition): ScaledVariant {
  const { ratioAt, source } = comparison(network, anchor.hardware);
  const weights = network.weightsM / RESNET50.weightsM;
  return {
    name: anchor.name.replace(anchor.architecture, network.name),
    anchor,
    rows: anchor.profile.rows.map(({ batch, meanNs }) => {
      const ratio = ratioAt(batch);
      return { batch, ratio, meanNs: fourDigits(meanNs * ratio) };
    }),
    loadNs: fourDigits(
      Math.min(LONGEST_LOAD_NS, SHORTEST_LOAD_NS + (anchor.profile.loadNs - SHORTEST_LOAD_NS) * weights),
    ),
    peakMemoryBytes: fourDigits(anchor.profile.peakMemoryBytes * weights),
    source,
  };
}

interface Comparison {
  readonly ratioAt: (batch: number) => number;
  readonly source: string;
}

function comparison(network: Network, hardware: string): Comparison {
  const { gmacs, cpuMs, gpu } = network;
  const work = gmacs / RESNET50.gmacs;
  switch (hardware) {
    case 'cpu':
      return cpuMs === undefined
        ? { ratioAt: () => work, source: 'multiply-accumulates' }
        : { ratioAt: () => cpuMs / RESNET50.cpuMs, source: 'step times on a Core i9-10940X (timm)' };
    case 'inferentia':
      return work < INFERENTIA_FLOOR
        ? { ratioAt: () => INFERENTIA_FLOOR, source: 'the floor for small networks' }
        : { ratioAt: () => work, source: 'multiply-accumulates' };
    default:
      return {
        ratioAt: (batch) => gpu.ratios.findLast(([from]) => from <= batch)?.[1] ?? gpu.ratios[0][1],
        source: gpu.source,
      };
  }
}

function fourDigits(value: number): number {
  return Math.round(Number(value.toPrecision(4)));
}
