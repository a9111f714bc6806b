/** The ONNX engines as the backend of a live run, fed by the workload's payloads. */
import type { Nanos, Ordinal } from '../../core/index.ts';
import { OnnxBackend } from '../../backends/index.ts';
import type { EnginesOptions } from '../../backends/index.ts';
import type { LabelledAnswers, LiveBackend, LiveBackendFactory, LiveBackendParts } from './live-backend.ts';
import { workerLabel } from './live-backend.ts';
import { WorkloadPayloads } from './payloads/workload-payloads.ts';
import type { PayloadChoice } from './payloads/workload-payloads.ts';

/** Notes of engines kept; a model that fails every batch would repeat one thousands of times. */
const NOTES_MAX = 20;

export interface OnnxWorkersOptions extends EnginesOptions {
  /** What the requests carry. Default: `auto`. */
  readonly payload?: PayloadChoice | undefined;
  /** Which input of its source a request begins with, by its ordinal. Default: the ordinal itself. */
  readonly positionOf?: ((ordinal: Ordinal) => number) | undefined;
  /** Threads of each engine. Default: the variant's cores. */
  readonly threads?: number | undefined;
  /** A load that takes longer fails. Default: no limit. */
  readonly loadTimeoutNs?: Nanos | undefined;
  /** A batch that takes longer fails and its worker dies. Default: no limit. */
  readonly batchTimeoutNs?: Nanos | undefined;
}

/** @throws ServingError, from the factory, when the engine process has not been built or inputs cannot be made. */
export function onnxWorkers(options: OnnxWorkersOptions = {}): LiveBackendFactory {
  return (parts) => new OnnxWorkers(parts, options);
}

class OnnxWorkers extends OnnxBackend implements LiveBackend {
  private readonly payloads: WorkloadPayloads;
  private readonly told: string[];

  constructor(parts: LiveBackendParts, { payload = 'auto', positionOf, threads, ...limits }: OnnxWorkersOptions) {
    const { catalogue, fleet, requests, seed, deliver } = parts;
    const payloads = new WorkloadPayloads({ catalogue, requests, choice: payload, seed, positionOf });
    const told: string[] = [];
    super({
      variantOf: (worker) => catalogue.variants[fleet.variant[worker]],
      deliver,
      payloads,
      note: (worker, text) => {
        if (told.length < NOTES_MAX) told.push(`${workerLabel(parts, worker)}: ${text}`);
      },
      ...(threads === undefined ? {} : { threadsOf: () => threads }),
      ...limits,
    });
    this.payloads = payloads;
    this.told = told;
  }

  answered(): LabelledAnswers {
    const { labelled, right } = this.payloads;
    return { labelled, right };
  }

  override notes(): readonly string[] {
    const { accuracyPercent, labelled } = this.payloads;
    const told = [...super.notes(), ...this.told];
    if (accuracyPercent === undefined) return told;
    const answered = labelled.toLocaleString('en-US');
    return [`measured accuracy ${accuracyPercent.toFixed(1)} % of ${answered} answered inputs`, ...told];
  }
}
