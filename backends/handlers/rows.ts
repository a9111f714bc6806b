/** Output tensors cut into one set for each input of the query. */
import { ServingError } from '../../core/index.ts';
import type { TensorValue } from '../tensors/index.ts';
import { elementCount, rowOffsets } from '../tensors/index.ts';
import type { HandlerModel } from './handler.ts';

/**
 * The outputs of each input, without the batch dimension; views, not copies. Of a model that does not batch: all.
 * @throws ServingError HANDLER_OUTPUT when the outputs do not have a row for each input.
 */
export function answerRows(outputs: readonly TensorValue[], { name, batches }: HandlerModel): TensorValue[][] {
  if (!batches) return [[...outputs]];
  const rows = outputs.at(0)?.shape.at(0) ?? 0;
  const cut = outputs.map((output) => {
    if (output.shape[0] !== rows) {
      throw new ServingError({
        code: 'HANDLER_OUTPUT',
        message: `the outputs of model ${name} differ in their number of rows`,
        found: `${output.shape[0]} rows of ${output.name}`,
        expected: `${rows}`,
      });
    }
    const shape = output.shape.slice(1);
    const offsets = rowOffsets(output, rows, elementCount(shape));
    return { output, shape, offsets };
  });
  return Array.from({ length: rows }, (_, row) =>
    cut.map(({ output: { name: own, type, bytes }, shape, offsets }) => ({
      name: own,
      type,
      shape,
      bytes: bytes.subarray(offsets[row], offsets[row + 1]),
    })),
  );
}
