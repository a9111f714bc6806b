/**
 * The queries that actors work on, by slot: their tensors for the engines, and where their answers go. Invariant: a
 * slot's query is there from before the actors see it until the ledger has ended it, and is settled once.
 */
import type { Slot } from '../../core/index.ts';
import { invariant } from '../../core/index.ts';
import type { Payloads, TensorValue } from '../../backends/index.ts';
import type { ServiceAnswer, ServiceQuery } from './answer.ts';

export interface OpenQuery {
  readonly query: ServiceQuery;
  readonly inputs: number;
  /** Number of the query over the service's life. */
  readonly ordinal: number;
  readonly settle: (answer: ServiceAnswer) => void;
  /** 0, or 1 when it is tried again because its worker died. */
  readonly attempt: number;
  /** Time that an earlier attempt took: it is part of the latency. */
  readonly spentNs: number;
  /** What watches the client meanwhile: called when the query has ended. */
  readonly release: (() => void)[];
  /** Why it was cancelled, when it was. */
  ending: 'expired' | 'cancelled' | undefined;
  outputs: readonly TensorValue[] | undefined;
}

/** The query has ended here: nobody watches its client any more. */
export function unwatch({ release }: OpenQuery): void {
  for (const end of release.splice(0)) end();
}

export class OpenQueries implements Payloads {
  private readonly bySlot: (OpenQuery | undefined)[] = [];
  /** Queries that are open. */
  count = 0;

  put(slot: Slot, query: OpenQuery): void {
    invariant(this.bySlot[slot] === undefined, `slot ${slot} has a query already`);
    this.bySlot[slot] = query;
    this.count += 1;
  }

  /** The query of a slot; undefined when it has ended. */
  at(slot: Slot): OpenQuery | undefined {
    return this.bySlot[slot];
  }

  /** Takes a query that has ended away. */
  take(slot: Slot): OpenQuery | undefined {
    const query = this.bySlot[slot];
    if (query === undefined) return undefined;
    this.bySlot[slot] = undefined;
    this.count -= 1;
    return query;
  }

  /** All that are open, and none is any more. */
  takeAll(): readonly OpenQuery[] {
    const all = this.bySlot.filter((query) => query !== undefined);
    this.bySlot.length = 0;
    this.count = 0;
    return all;
  }

  inputsOf(slot: Slot): number {
    return this.bySlot[slot]?.inputs ?? 1;
  }

  tensorOf(slot: Slot, { name }: { readonly name: string }): TensorValue {
    const tensor = this.bySlot[slot]?.query.tensors.find((each) => each.name === name);
    invariant(tensor !== undefined, `the query of slot ${slot} has no tensor ${name}`);
    return tensor;
  }

  answer(slot: Slot, outputs: readonly TensorValue[]): void {
    const query = this.bySlot[slot];
    // The client may have left while the batch ran.
    if (query !== undefined) query.outputs = outputs.map((output) => ({ ...output, bytes: output.bytes.slice() }));
  }
}
