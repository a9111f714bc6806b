/** Where the live world keeps what core never sees: the inputs of a request and the answer to it, by slot. */
import type { Slot } from '../../core/index.ts';
import type { InputArray, OutputTensor } from './engine-protocol.ts';

export interface Payloads {
  /** Weight of the request, at least 1. */
  inputsOf(slot: Slot): number;
  /**
   * Writes the request's inputs, preprocessed, one after another, from `target[offset]` on. It may throw; then its
   * batch fails. @param target of the type the model takes: float32, or uint8 for models that take raw pixels.
   */
  write(slot: Slot, target: InputArray, offset: number): void;
  /**
   * Takes the request's rows of every output. The arrays are views of the batch's outputs: copy what must last
   * beyond the call. It may throw; then the batch fails.
   */
  answer(slot: Slot, outputs: readonly OutputTensor[]): void;
}
