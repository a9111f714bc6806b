/**
 * What INFaaS knows of a variant from its registration: hardware, the marker that stands for it, latencies, load time,
 * architecture. Columns by variant index, made once and never written again.
 */
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { MachineType } from '../../catalogue/machine-type.ts';
import type { VariantIndex } from '../../catalogue/variant.ts';
import { toMilliseconds } from '../../time.ts';
import { ACCELERATOR_BELOW, CPU_MARKER, INFERENTIA, MAX_ONLINE_BATCH } from './constants.ts';
import { latencyLines, predictedMs } from './latency-line.ts';
import type { LatencyLine } from './latency-line.ts';

/** The three kinds of hardware that INFaaS tells apart, of variants and of machines. */
export const ON_CPU = 0;
export const ON_GPU = 1;
export const ON_INFERENTIA = 2;
export type HardwareKind = 0 | 1 | 2;

export class VariantFacts {
  readonly kind: Uint8Array;
  /** 128 for CPU variants; the largest batch of the others, kept below 64. */
  readonly markers: Int32Array;
  readonly lines: readonly LatencyLine[];
  /** Profiled latency of one input, in milliseconds. */
  readonly singleMs: Float64Array;
  /** Predicted latency of the largest online batch, in milliseconds. */
  readonly fullMs: Float64Array;
  readonly loadMs: Float64Array;
  /** True largest batch, in inputs. */
  readonly maxBatch: Int32Array;
  /** Names of the architectures; `architecture` indexes them. */
  readonly architectures: readonly string[];
  readonly architecture: Int32Array;
  /** 1 where all variants of the architecture are for PyTorch. */
  readonly pytorchOnly: Uint8Array;
  /** Position of the variant's name among all names, in the order of their code units: Redis breaks ties so. */
  readonly nameRank: Int32Array;

  constructor(catalogue: Catalogue) {
    const { variants, latency } = catalogue;
    this.kind = Uint8Array.from(variants, ({ hardware, resources }) => kindOf(hardware, resources.accelerators));
    this.maxBatch = Int32Array.from(variants, ({ maxBatch }) => maxBatch);
    this.markers = Int32Array.from(variants, ({ maxBatch }, index) =>
      this.kind[index] === ON_CPU ? CPU_MARKER : Math.min(maxBatch, ACCELERATOR_BELOW - 1),
    );
    this.lines = latencyLines(catalogue);
    this.singleMs = Float64Array.from(latency, (model) => toMilliseconds(model.expectedBatchNs(1)));
    this.fullMs = Float64Array.from(this.lines, (line, index) =>
      predictedMs(line, Math.min(this.maxBatch[index], MAX_ONLINE_BATCH)),
    );
    this.loadMs = Float64Array.from(latency, (model) => toMilliseconds(model.expectedLoadNs));
    this.architectures = [...new Set(variants.map(({ architecture }) => architecture))];
    this.architecture = Int32Array.from(variants, ({ architecture }) => this.architectures.indexOf(architecture));
    const mixed = new Set(variants.filter(({ framework }) => framework !== 'pytorch').map((each) => each.architecture));
    this.pytorchOnly = Uint8Array.from(variants, ({ architecture }) => (mixed.has(architecture) ? 0 : 1));
    const byName = variants.map(({ index }) => index).sort((a, b) => compareNames(variants[a].name, variants[b].name));
    this.nameRank = new Int32Array(variants.length);
    for (const [rank, index] of byName.entries()) this.nameRank[index] = rank;
  }

  /**
   * The latency that selection predicts, in milliseconds: of a full batch on accelerators, of the query's own inputs on
   * CPUs.
   */
  latencyMs(variant: VariantIndex, inputs: number): number {
    return this.kind[variant] === ON_CPU ? predictedMs(this.lines[variant], inputs) : this.fullMs[variant];
  }
}

/** What a machine type counts as: it is for CPUs when it has nothing else. */
export function machineKind({ accelerator }: MachineType): HardwareKind {
  return accelerator === undefined ? ON_CPU : kindOf(accelerator.hardware, accelerator.count);
}

function kindOf(hardware: string, accelerators: number): HardwareKind {
  if (accelerators === 0) return ON_CPU;
  return hardware === INFERENTIA ? ON_INFERENTIA : ON_GPU;
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
