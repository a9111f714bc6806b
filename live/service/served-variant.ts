/** A variant as the live service has it: its definition, and what only a service adds. Types only. */
import type { PolicyChoice } from '../../core/index.ts';
import type { VariantDefinition } from '../../backends/index.ts';

export interface ServedVariant {
  /** The name that clients use, shared by all versions of the variant. */
  readonly name: string;
  /**
   * What is profiled, loaded and run. `definition.name` is unique over all versions: the client's name for the first
   * version, `name@version` for the others. The artifact's path is absolute, or relative to `definition.origin`.
   */
  readonly definition: VariantDefinition;
  /** The version that queries get who name none; selection by architecture and use case sees no other. */
  readonly isDefault: boolean;
  /** Where it came from. */
  readonly source: 'config' | 'registered';
  /** How its workers form batches; the service's batching policy when left out. */
  readonly batching?: PolicyChoice | undefined;
  /** Workers that are loaded whenever the service starts, and that scaling keeps to: see `WorkerBounds`. */
  readonly workers?: WorkerBounds | undefined;
}

/** Between how many workers a variant is kept; equal numbers switch its autoscaling off. */
export interface WorkerBounds {
  /** Workers at least, 0 or more. */
  readonly least: number;
  /** Workers at most, from `least`; `Infinity` for no bound. */
  readonly most: number;
}
