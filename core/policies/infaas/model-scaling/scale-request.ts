/** What a scaler asks of a machine's execution: more or fewer replicas of a variant, once. */
import type { VariantIndex } from '../../../catalogue/variant.ts';
import type { MachineId } from '../../../tables/fleet.ts';

export interface ScaleRequest {
  readonly variant: VariantIndex;
  /** Replicas to add or, when negative, to remove; never 0. */
  readonly count: number;
  /** The variant that takes over when the last replica goes; `NONE` without one. */
  readonly down: VariantIndex;
  readonly reason: string;
}

/** Decides for one machine, whose running variants are given in ascending order. */
export type Scaler = (machine: MachineId, running: readonly VariantIndex[]) => readonly ScaleRequest[];
