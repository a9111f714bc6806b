/**
 * Between a batch's requests and its tensors: writes the requests' inputs one after another, and hands each request
 * its rows of the outputs. What the payload store throws becomes a text: it fails a batch, not the backend.
 */
import { invariant } from '../../core/index.ts';
import type { Nanos } from '../../core/index.ts';
import type { InputArray, OutputTensor } from './engine-protocol.ts';
import type { Payloads } from './payloads.ts';

export interface Batch {
  /** The worker's own buffer; the first `count` slots are the batch. */
  readonly slots: Int32Array;
  readonly count: number;
  /** Inputs of all requests together. */
  readonly inputs: number;
  /** When the batch was handed to the backend, by `monotonicNs`. */
  readonly calledNs: Nanos;
}

/** Writes the batch's inputs to the start of `target`. Returns what went wrong, if anything did. */
export function packBatch(
  { slots, count, inputs }: Batch,
  { payloads, target, inputLength }: { payloads: Payloads; target: InputArray; inputLength: number },
): string | undefined {
  let packed = 0;
  try {
    for (let index = 0; index < count; index += 1) {
      payloads.write(slots[index], target, packed * inputLength);
      packed += payloads.inputsOf(slots[index]);
    }
  } catch (error) {
    return `an input could not be written: ${error instanceof Error ? error.message : String(error)}`;
  }
  invariant(packed === inputs, `a batch of ${inputs} inputs has payloads for ${packed}`);
  return undefined;
}

/** Gives each request its rows of every output. Returns what went wrong, if anything did. */
export function handOutBatch(
  { slots, count, inputs }: Batch,
  { payloads, outputs }: { payloads: Payloads; outputs: readonly OutputTensor[] },
): string | undefined {
  let first = 0;
  try {
    for (let index = 0; index < count; index += 1) {
      const end = first + payloads.inputsOf(slots[index]);
      const rows = outputs.map((output) => ({ ...output, data: rowsOf(output, inputs, [first, end]) }));
      payloads.answer(slots[index], rows);
      first = end;
    }
  } catch (error) {
    return `an answer was not taken: ${error instanceof Error ? error.message : String(error)}`;
  }
  return undefined;
}

function rowsOf({ data }: OutputTensor, inputs: number, [first, end]: readonly [number, number]): OutputTensor['data'] {
  const length = data.length / inputs;
  return data.subarray(first * length, end * length);
}
