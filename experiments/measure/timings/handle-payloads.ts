/**
 * What the requests of a turn carry and what became of them, by slot: the tensor that preprocessing made, and a copy
 * of the model's output for postprocessing.
 */
import type { Payloads, TensorValue } from '../../../backends/index.ts';
import type { Slot, TensorSpec } from '../../../core/index.ts';

export class HandlePayloads implements Payloads {
  private readonly tensors = new Map<Slot, readonly TensorValue[]>();
  private readonly answers = new Map<Slot, readonly TensorValue[]>();

  /** Gives a request what it carries, before any actor sees it. */
  put(slot: Slot, tensors: readonly TensorValue[]): void {
    this.tensors.set(slot, tensors);
  }

  /** The output of a request that was answered; both tensors are forgotten. */
  take(slot: Slot): readonly TensorValue[] {
    const outputs = this.answers.get(slot) ?? [];
    this.answers.delete(slot);
    this.tensors.delete(slot);
    return outputs;
  }

  inputsOf(): number {
    return 1;
  }

  tensorOf(slot: Slot, input: Pick<TensorSpec, 'name' | 'type'>): TensorValue {
    const tensor = this.tensors.get(slot)?.find(({ name }) => name === input.name);
    if (tensor === undefined) throw new Error(`a request carries nothing for input "${input.name}"`);
    return tensor;
  }

  answer(slot: Slot, outputs: readonly TensorValue[]): void {
    // Their bytes lie in memory that the next batch writes over.
    this.answers.set(
      slot,
      outputs.map((output) => ({ ...output, bytes: Uint8Array.from(output.bytes) })),
    );
  }
}
