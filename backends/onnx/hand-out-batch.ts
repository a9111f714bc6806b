/** Hands each request of a batch its rows of the outputs. What the payload store throws becomes a text. */
import type { TensorValue } from '../tensors/index.ts';
import { elementCount, rowOffsets } from '../tensors/index.ts';
import type { PackedBatch, PackedRun } from './batch.ts';
import type { ModelTensors } from './engine-protocol.ts';
import type { Payloads } from './payloads.ts';

/** @param outputs of each run. @returns what went wrong, if anything did. */
export function handOutBatch(
  { runs }: PackedBatch,
  outputs: readonly (readonly TensorValue[])[],
  { payloads, model }: { readonly payloads: Payloads; readonly model: Pick<ModelTensors, 'batches'> },
): string | undefined {
  try {
    for (const [index, run] of runs.entries()) {
      if (model.batches && run.slots.length > 1) handOutRows(run, outputs[index], payloads);
      else payloads.answer(run.slots[0], outputs[index]);
    }
  } catch (error) {
    return `an answer was not taken: ${error instanceof Error ? error.message : String(error)}`;
  }
  return undefined;
}

function handOutRows({ slots, weights, rows }: PackedRun, outputs: readonly TensorValue[], payloads: Payloads): void {
  const cuts = outputs.map((output) => {
    const rest = output.shape.slice(1);
    return { output, rest, offsets: rowOffsets(output, rows, elementCount(rest)) };
  });
  let first = 0;
  for (const [position, slot] of slots.entries()) {
    const begin = first;
    const end = begin + weights[position];
    const own = cuts.map(({ output: { name, type, bytes }, rest, offsets }) => ({
      name,
      type,
      shape: [end - begin, ...rest],
      bytes: bytes.subarray(offsets[begin], offsets[end]),
    }));
    payloads.answer(slot, own);
    first = end;
  }
}
