/**
 * From a blueprint and the variants of the moment to the plan of one epoch: its catalogue, its fleet at the start, its
 * batching rules.
 */
import type { InheritedFleet, InitialFleet, PolicyChoice, VariantIndex } from '../../core/index.ts';
import { Catalogue, NEVER, ServingError, ServingErrors, seconds, useCaseName } from '../../core/index.ts';
import { selectCatalogue } from '../../backends/index.ts';
import type { LivePlan } from '../world/index.ts';
import type { ServedVariant, WorkerBounds } from './served-variant.ts';
import type { ServiceBlueprint } from './service-blueprint.ts';

/** What goes on from the epoch before. */
export interface EpochHeritage {
  /** Workers that are ready or load, by the definition's name. */
  readonly workers: ReadonlyMap<string, number>;
  /** Machines that are up, by the name of their type. */
  readonly machines: ReadonlyMap<string, number>;
  /** Bounds set by hand, by the definition's name. */
  readonly bounds: ReadonlyMap<string, WorkerBounds>;
  /** Variants whose workers must load for the epoch to begin, by the definition's name, and how many at least. */
  readonly needed: ReadonlyMap<string, number>;
}

export const NO_HERITAGE: EpochHeritage = {
  workers: new Map(),
  machines: new Map(),
  bounds: new Map(),
  needed: new Map(),
};

interface MachineCounts {
  readonly initial: number;
  readonly max: number;
}

const HOUR_NS = seconds(3600);

export interface EpochPlan {
  readonly live: LivePlan;
  readonly kinds: LivePlan['serving']['kinds'][number][];
  /** By index in the catalogue. */
  readonly variants: readonly ServedVariant[];
}

/** @throws ServingErrors when names collide, tensors differ, or tables cannot be read. */
export function epochPlan(
  blueprint: ServiceBlueprint,
  variants: readonly ServedVariant[],
  heritage: EpochHeritage,
): EpochPlan {
  const { machineTypes, sampling, extrapolate } = blueprint;
  const errors = differences(variants);
  if (errors.length > 0) throw new ServingErrors(errors);
  const definitions = { variants: variants.map(({ definition }) => definition), machineTypes, warnings: [] };
  const machines = blueprint.machines.map(({ type }) => type);
  const selected = selectCatalogue(definitions, { machines, sampling, extrapolate });
  const hidden = new Set(variants.filter(({ isDefault }) => !isDefault).map(({ definition }) => definition.name));
  const catalogue = new Catalogue(selected.variants, selected.latency, selected.machineTypes, hidden);
  const kinds: EpochPlan['kinds'] = [];
  const { policies, limits, monitorPeriodNs, startOnRequest, seed, bootNs, solver, engines, offline } = blueprint;
  const serving = {
    catalogue,
    kinds,
    policies,
    batchingOf: batchingOf(variants),
    ...fleetOf(blueprint, catalogue, heritage),
    limits,
    monitorPeriodNs,
    samplePeriodNs: NEVER,
    startOnRequest,
    ...(offline === undefined ? {} : { offline: { jobs: [], ...offline.plan } }),
    // A service runs for weeks: it keeps tallies, no rows and no series.
    recorder: { fromNs: NEVER, untilNs: NEVER, rowsMax: 0, rowsSalt: 0, binNs: HOUR_NS, timelineMax: 0 },
  };
  const threads = engines.threads === undefined ? {} : { threads: engines.threads };
  return { live: { serving, seed, drainNs: NEVER, bootNs, solver, ...threads }, kinds, variants };
}

/**
 * What policies take for their floor is what the config says; what ran beyond that goes on beside it, or every change of
 * the catalogue would raise the floor to the load of its moment. So do workers that bounds demand, for those are kept
 * by other means, and a fleet that has become too small for them must not keep the service from starting.
 */
function fleetOf(
  blueprint: ServiceBlueprint,
  { variants, machineTypes }: Catalogue,
  { workers, machines, bounds, needed }: EpochHeritage,
): { readonly initial: InitialFleet; readonly inherited: InheritedFleet } {
  const initial = { workers: new Map<number, number>(), machines: new Map<number, MachineCounts>() };
  const inherited = { workers: new Map<number, number>(), machines: new Map<number, number>() };
  for (const { index, name } of variants) {
    const { least = 0, most = Infinity } = bounds.get(name) ?? {};
    const configured = blueprint.workers.find(({ variant }) => variant === name)?.count ?? 0;
    const floor = Math.min(Math.max(configured, needed.get(name) ?? 0), most);
    const more = Math.min(Math.max(workers.get(name) ?? 0, least), most) - floor;
    if (floor > 0) initial.workers.set(index, floor);
    if (more > 0) inherited.workers.set(index, more);
  }
  for (const { index, name } of machineTypes) {
    const { initial: first, max } = blueprint.machines.find(({ type }) => type === name) ?? { initial: 0, max: 0 };
    const more = Math.min(machines.get(name) ?? 0, max) - first;
    initial.machines.set(index, { initial: first, max });
    if (more > 0) inherited.machines.set(index, more);
  }
  const dispensable = new Set(variants.filter(({ name }) => !needed.has(name)).map(({ index }) => index));
  return { initial, inherited: { ...inherited, dispensable } };
}

function batchingOf(variants: readonly ServedVariant[]): ReadonlyMap<VariantIndex, PolicyChoice> {
  const own = variants.map(({ batching }, index) => [index, batching] as const);
  return new Map(own.flatMap(([index, batching]) => (batching === undefined ? [] : [[index, batching]])));
}

/** Variants that answer for each other must take and give the same tensors. */
function differences(variants: readonly ServedVariant[]): ServingError[] {
  const listed = variants.filter(({ isDefault }) => isDefault);
  const groups = [
    { what: 'architecture', nameOf: ({ definition }: ServedVariant) => definition.architecture },
    { what: 'use case', nameOf: ({ definition }: ServedVariant) => useCaseName(definition.useCase) },
  ];
  return groups.flatMap(({ what, nameOf }) => {
    const first = new Map<string, ServedVariant>();
    return listed.flatMap((variant) => {
      const model = first.get(nameOf(variant));
      if (model === undefined) first.set(nameOf(variant), variant);
      if (model === undefined || tensorsOf(model) === tensorsOf(variant)) return [];
      return [
        new ServingError({
          code: 'SERVICE_TENSORS_DIFFER',
          message: `${variant.name} cannot serve for ${what} ${nameOf(variant)}: its tensors are others`,
          found: tensorsOf(variant),
          expected: `those of ${model.name}: ${tensorsOf(model)}`,
          next: `register it under another ${what}`,
        }),
      ];
    });
  });
}

function tensorsOf({ definition: { inputs, outputs } }: ServedVariant): string {
  const text = (specs: typeof inputs): string =>
    specs.map(({ name, type, shape }) => `${name} ${type}[${shape.map((size) => size ?? 'N').join(',')}]`).join(', ');
  return `${text(inputs)} -> ${text(outputs)}`;
}
