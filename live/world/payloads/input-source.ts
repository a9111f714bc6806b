/** Where the inputs of a variant's requests come from when a workload names times and not contents. */
import type { InputArray } from '../../../backends/onnx/index.ts';

export interface InputSource {
  /** Values of one input. */
  readonly length: number;
  /**
   * Writes one input from `target[offset]` on.
   *
   * @param position any number from 0: the same position gives the same input.
   */
  write(position: number, target: InputArray, offset: number): void;
  /** The class that a right answer to this input names; absent where none is known. */
  labelOf?(position: number): number;
}
