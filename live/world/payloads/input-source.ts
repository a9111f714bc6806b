/** Where the inputs of a variant's requests come from when a workload names times and not contents. */
import type { TensorSpec } from '../../../core/index.ts';
import type { TensorValue } from '../../../backends/index.ts';

export interface InputSource {
  /**
   * One tensor of a request: its inputs one after another.
   *
   * @param input one of the variant's inputs, by name.
   * @param position of the first input, any number from 0: the same position gives the same input.
   * @returns valid until the next call.
   */
  tensorOf(input: Pick<TensorSpec, 'name' | 'type'>, position: number, count: number): TensorValue;
  /** The class that a right answer to this input names; absent where none is known. */
  labelOf?(position: number): number;
}
