/**
 * The names that clients may ask for, and what is behind each: a variant (one version of it), an architecture, or a
 * use case. A virtual model, which is an architecture or a use case, shows the tensors that its variants share; a
 * variant whose tensors differ is not behind it. What a variant does not state is no name. Immutable: every change of the catalogue makes a new directory.
 */
import type { QueryKind, TensorSpec } from '../../core/index.ts';
import { useCaseName } from '../../core/index.ts';
import type { ServedVariant } from './served-variant.ts';
import { statesArchitecture, statesUseCase } from './unstated.ts';

export interface ModelEntry {
  /** As clients write it. */
  readonly name: string;
  readonly form: 'variant' | 'architecture' | 'use-case';
  /** Of a variant; `1` for virtual models. */
  readonly version: string;
  /** All versions of the variant there are, ascending by registration; [`1`] for virtual models. */
  readonly versions: readonly string[];
  /** Whether a query without a version finds this entry. */
  readonly isDefault: boolean;
  /** The variants that may serve it, at least one. */
  readonly variants: readonly ServedVariant[];
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Whether the first dimension of its tensors is the batch. */
  readonly batches: boolean;
  /** The largest query it takes, in inputs: that of the variant with the largest batch. */
  readonly maxBatch: number;
  /** Name of the pre- and postprocessing that its variants share; undefined for tensors only. */
  readonly handler: string | undefined;
  readonly labels: readonly string[] | undefined;
}

export class ModelDirectory {
  private readonly byName = new Map<string, ModelEntry>();
  private readonly byVersion = new Map<string, ModelEntry>();
  private readonly entries: readonly ModelEntry[];

  constructor(variants: readonly ServedVariant[]) {
    const concrete = variants.map((variant) => variantEntry(variant, variants));
    const virtual = [
      ...groups(variants.filter(statesArchitecture), 'architecture', ({ definition }) => definition.architecture),
      ...groups(variants.filter(statesUseCase), 'use-case', ({ definition }) => useCaseName(definition.useCase)),
    ];
    for (const entry of concrete) {
      this.byVersion.set(`${entry.name}\n${entry.version}`, entry);
      if (entry.isDefault) this.byName.set(entry.name, entry);
    }
    // A variant's name wins over an architecture of the same name, and that over a use case.
    const shown = virtual.filter(({ name }) => !this.byName.has(name));
    for (const entry of shown) if (!this.byName.has(entry.name)) this.byName.set(entry.name, entry);
    this.entries = [...concrete, ...new Set(shown)];
  }

  /** The entry of a name, of its default version unless one is given; undefined when there is none. */
  find(name: string, version = ''): ModelEntry | undefined {
    if (version === '') return this.byName.get(name);
    const entry = this.byVersion.get(`${name}\n${version}`);
    const virtual = this.byName.get(name);
    return entry ?? (virtual?.form !== 'variant' && virtual?.version === version ? virtual : undefined);
  }

  /** Every version of every variant, then architectures, then use cases. */
  list(): readonly ModelEntry[] {
    return this.entries;
  }
}

/** How the actors know what a query asks for. */
export function kindOf({ form, name, variants }: ModelEntry, application: string): QueryKind {
  return {
    application,
    useCase: form === 'use-case' ? name : '',
    architecture: form === 'architecture' ? name : '',
    variant: form === 'variant' ? variants[0].definition.name : '',
  };
}

function variantEntry(variant: ServedVariant, all: readonly ServedVariant[]): ModelEntry {
  const { definition, name, isDefault } = variant;
  const versions = all.filter((other) => other.name === name).map((other) => other.definition.version);
  return { ...shared([variant]), name, form: 'variant', version: definition.version, versions, isDefault };
}

function groups(
  variants: readonly ServedVariant[],
  form: 'architecture' | 'use-case',
  nameOf: (variant: ServedVariant) => string,
): ModelEntry[] {
  const byName = new Map<string, ServedVariant[]>();
  for (const variant of variants) {
    // Selection sees default versions only.
    if (!variant.isDefault) continue;
    const name = nameOf(variant);
    byName.set(name, [...(byName.get(name) ?? []), variant]);
  }
  return [...byName].map(([name, group]) => {
    const alike = group.filter((variant) => sameTensors(variant, group[0]));
    return { ...shared(alike), name, form, version: '1', versions: ['1'], isDefault: true };
  });
}

function shared(
  variants: readonly ServedVariant[],
): Pick<ModelEntry, 'variants' | 'inputs' | 'outputs' | 'batches' | 'maxBatch' | 'handler' | 'labels'> {
  const [{ definition: first }] = variants;
  const sameHandler = variants.every(({ definition }) => definition.handler === first.handler);
  return {
    variants,
    inputs: first.inputs,
    outputs: first.outputs,
    batches: first.inputs.length > 0 && first.inputs.every(({ shape }) => shape[0] === null),
    maxBatch: Math.max(...variants.map(({ definition }) => definition.maxBatch)),
    handler: sameHandler ? first.handler : undefined,
    labels: sameHandler ? first.labels : undefined,
  };
}

/** Whether two variants take and give the same tensors. */
export function sameTensors({ definition: a }: ServedVariant, { definition: b }: ServedVariant): boolean {
  return tensorText(a.inputs) === tensorText(b.inputs) && tensorText(a.outputs) === tensorText(b.outputs);
}

function tensorText(specs: readonly TensorSpec[]): string {
  return JSON.stringify(specs.map(({ name, type, shape }) => [name, type, shape]));
}
