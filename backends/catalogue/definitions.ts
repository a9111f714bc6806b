/**
 * What a catalogue file or a config defines, before a run selects from it: variants and machine types without
 * indexes, with artifacts still relative to the file that names them. The types only; `read-definitions` makes them.
 */
import type { MachineType, Variant } from '../../core/index.ts';

/** Where a definition stands. */
export interface Origin {
  /** `file:line` of the definition. */
  readonly place: string;
  /** Absolute folder that relative paths in the definition start from. */
  readonly folder: string;
}

export interface VariantDefinition extends Omit<Variant, 'index'> {
  readonly origin: Origin;
}

export interface MachineTypeDefinition extends Omit<MachineType, 'index'> {
  readonly origin: Origin;
}

export interface CatalogueDefinitions {
  readonly variants: readonly VariantDefinition[];
  readonly machineTypes: readonly MachineTypeDefinition[];
  /** What can be used but should be looked at, each with its `file:line`. */
  readonly warnings: readonly string[];
}
