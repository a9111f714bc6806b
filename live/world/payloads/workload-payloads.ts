/**
 * What the requests of a workload carry, and what becomes of the answers. Inputs are chosen by a request's ordinal, so
 * nothing is kept per request; answers are compared with labels where there are any, and dropped.
 */
import type { Catalogue, Ordinal, RequestTable, Slot, TensorSpec, Variant } from '../../../core/index.ts';
import { RandomStreams } from '../../../core/index.ts';
import { argmax } from '../../../backends/handlers/index.ts';
import type { Payloads, TensorValue } from '../../../backends/index.ts';
import { fashionMnistInputs, takesFashionMnist } from './fashion-mnist-inputs.ts';
import type { InputSource } from './input-source.ts';
import { syntheticInputs } from './synthetic-inputs.ts';

/** `auto` takes bundled data where there is some, and makes inputs up elsewhere; `synthetic` makes all up. */
export type PayloadChoice = 'auto' | 'synthetic';

export interface WorkloadPayloadsParts {
  readonly catalogue: Catalogue;
  readonly requests: RequestTable;
  readonly choice: PayloadChoice;
  readonly seed: string;
  /** Which input of its source a request begins with, by its ordinal. Default: the ordinal itself. */
  readonly positionOf?: ((ordinal: Ordinal) => number) | undefined;
}

export class WorkloadPayloads implements Payloads {
  /** Inputs answered whose label is known, and those of them answered rightly. */
  labelled = 0;
  right = 0;
  private readonly requests: RequestTable;
  /** By variant; a variant that can only be simulated has none. */
  private readonly sources: readonly (InputSource | undefined)[];

  private readonly positionOf: (ordinal: Ordinal) => number;

  /** @throws ServingError LIVE_INPUT_UNKNOWN when inputs cannot be made for a variant. */
  constructor({ catalogue, requests, choice, seed, positionOf }: WorkloadPayloadsParts) {
    this.requests = requests;
    this.positionOf = positionOf ?? ((ordinal) => ordinal);
    const streams = new RandomStreams(seed);
    const sourceOf = (variant: Variant): InputSource | undefined => {
      if (variant.artifact === undefined) return undefined;
      if (choice === 'auto' && takesFashionMnist(variant)) return fashionMnistInputs(variant);
      return syntheticInputs(variant, streams);
    };
    this.sources = catalogue.variants.map(sourceOf);
  }

  inputsOf(slot: Slot): number {
    return this.requests.inputs[slot];
  }

  tensorOf(slot: Slot, input: Pick<TensorSpec, 'name' | 'type'>): TensorValue {
    const position = this.positionOf(this.requests.ordinal[slot]);
    return this.sourceOf(slot).tensorOf(input, position, this.requests.inputs[slot]);
  }

  answer(slot: Slot, outputs: readonly TensorValue[]): void {
    const source = this.sourceOf(slot);
    const output = outputs.at(0);
    if (source.labelOf === undefined || output?.type !== 'float32') return;
    const inputs = this.requests.inputs[slot];
    const first = this.positionOf(this.requests.ordinal[slot]);
    const values = floatsOf(output);
    const classes = values.length / inputs;
    for (let input = 0; input < inputs; input += 1) {
      const answer = argmax(values.subarray(input * classes, (input + 1) * classes));
      this.labelled += 1;
      if (answer === source.labelOf(first + input)) this.right += 1;
    }
  }

  /** Share of right answers in percent; undefined when no answer had a label. */
  get accuracyPercent(): number | undefined {
    return this.labelled === 0 ? undefined : (this.right / this.labelled) * 100;
  }

  private sourceOf(slot: Slot): InputSource {
    const source = this.sources[this.requests.variant[slot]];
    if (source === undefined) throw new Error('its variant has no model file');
    return source;
  }
}

/** A copy: the bytes may begin anywhere. */
function floatsOf({ bytes }: TensorValue): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
