/** Where the live world keeps what core never sees: the inputs of a request and the answer to it, by slot. */
import type { Slot, TensorSpec } from '../../core/index.ts';
import type { TensorValue } from '../tensors/index.ts';

export interface Payloads {
  /** Weight of the request, at least 1; 1 where its model does not batch. */
  inputsOf(slot: Slot): number;
  /**
   * One of the request's tensors, all its inputs together: where the model batches, the first extent is `inputsOf`.
   * Valid until the next call; the same request may be asked twice. It may throw; then its batch fails.
   *
   * @param input of the model, by name; the answer has its type.
   */
  tensorOf(slot: Slot, input: Pick<TensorSpec, 'name' | 'type'>): TensorValue;
  /**
   * Takes the request's rows of every output, the batch dimension included. The bytes lie in memory that the next batch
   * writes over: copy what must last beyond the call. It may throw; then the batch fails.
   */
  answer(slot: Slot, outputs: readonly TensorValue[]): void;
}
