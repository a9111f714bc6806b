/**
 * The variants and machine types of one run, with the indexes that queries need. Immutable: policies may keep
 * references into it.
 */
import { invariant } from '../errors.ts';
import type { LatencyModel } from './latency-model.ts';
import type { MachineType } from './machine-type.ts';
import type { Variant, VariantIndex } from './variant.ts';
import { useCaseName } from './variant.ts';

export class Catalogue {
  readonly variants: readonly Variant[];
  /** One latency model per variant, at the same index. */
  readonly latency: readonly LatencyModel[];
  readonly machineTypes: readonly MachineType[];
  /** The variants that queries may find by architecture or use case, ascending: all but the hidden ones. */
  readonly listed: readonly VariantIndex[];
  private readonly byName = new Map<string, VariantIndex>();
  private readonly byArchitecture = new Map<string, VariantIndex[]>();
  private readonly byUseCase = new Map<string, VariantIndex[]>();

  /** @param hidden names of variants that are found by name only: a version that is still to be rolled out. */
  constructor(
    variants: readonly Variant[],
    latency: readonly LatencyModel[],
    machineTypes: readonly MachineType[],
    hidden: ReadonlySet<string> = new Set(),
  ) {
    invariant(variants.length === latency.length, 'every variant has one latency model');
    this.variants = variants;
    this.latency = latency;
    this.machineTypes = machineTypes;
    this.listed = variants.filter(({ name }) => !hidden.has(name)).map(({ index }) => index);
    for (const [position, variant] of variants.entries()) {
      invariant(variant.index === position, `variant ${variant.name} has index ${variant.index}, not ${position}`);
      invariant(!this.byName.has(variant.name), `variant ${variant.name} is defined twice`);
      this.byName.set(variant.name, position);
      if (hidden.has(variant.name)) continue;
      append(this.byArchitecture, variant.architecture, position);
      append(this.byUseCase, useCaseName(variant.useCase), position);
    }
  }

  /** Index of the variant of that name, or -1. */
  variantNamed(name: string): VariantIndex {
    return this.byName.get(name) ?? -1;
  }

  /** Variants of an architecture, ascending by index; empty when the architecture is unknown. */
  ofArchitecture(architecture: string): readonly VariantIndex[] {
    return this.byArchitecture.get(architecture) ?? [];
  }

  /** Variants of a use case by its wire name, ascending by index; empty when it is unknown. */
  ofUseCase(name: string): readonly VariantIndex[] {
    return this.byUseCase.get(name) ?? [];
  }
}

function append(map: Map<string, VariantIndex[]>, key: string, index: VariantIndex): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [index]);
  else list.push(index);
}
