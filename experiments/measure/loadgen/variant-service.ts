/**
 * The smallest service around one variant of the catalogue, for measuring the variant and nothing else: workers of it
 * on this host, the shortest queue, no scaling. A worker takes what is queued, up to its largest
 * batch, and waits for nobody.
 */
import type { Catalogue, Family, MachineType, Nanos, PolicyChoices, Variant } from '../../../core/index.ts';
import {
  FAMILIES,
  NEVER,
  ServingError,
  ServingErrors,
  builtInPolicy,
  canHost,
  defaultsOf,
  invariant,
  milliseconds,
  seconds,
} from '../../../core/index.ts';
import {
  availableHardware,
  bundledCatalogue,
  joinDefinitions,
  loadCatalogueFiles,
  selectCatalogue,
} from '../../../backends/index.ts';
import { HOST, withHost } from '../../config/service/host-machine.ts';
import type { LoadedService } from './serving-system.ts';
import type { LoadSettings } from './settings.ts';

/** After the last query a live service has a minute; Offline, which issues all at once, ten times the minimum duration more. */
const DRAIN_NS = seconds(60);
const DRAIN_DURATIONS = 10;
/** Queries held at most: more than any load test issues. */
const HOLD_MAX = 1_000_000_000;

export interface VariantServiceOptions {
  readonly variant: string;
  /** Workers, at least 1. */
  readonly workers: number;
  /** Largest batch in inputs; 0 for the variant's own. */
  readonly maxBatch: number;
  readonly seed: string;
  readonly settings: LoadSettings;
  /** Catalogue files beside the bundled ones. */
  readonly catalogueFiles?: readonly string[] | undefined;
  /** Whether it must run here, on the clock. */
  readonly live: boolean;
}

/** @throws ServingErrors CATALOGUE_* when there is no such variant; ServingError LOAD_VARIANT when it cannot run so. */
export function variantService(options: VariantServiceOptions): LoadedService {
  const { variant: name, workers, maxBatch, seed, settings } = options;
  const { catalogue, machines, coreOvercommit } = hostFor(options);
  const [variant] = catalogue.variants;
  requireFit(variant, options);
  const kind = { application: 'default', useCase: '', architecture: '', variant: name };
  const none = { latency: { draw: 'none' }, accuracyPercent: { draw: 'fixed', value: 0 } } as const;
  const queries = [{ kind, inputs: { draw: 'fixed', value: settings.samplesPerQuery }, ...none }] as const;
  return {
    name: `${name}, ${workers} worker${workers === 1 ? '' : 's'}`,
    asked: { queries, popularity: { law: 'uniform' } },
    serving: {
      catalogue,
      kinds: [kind],
      policies: policies(maxBatch === 0 ? variant.maxBatch : maxBatch),
      initial: { workers: new Map([[0, workers]]), machines: new Map([[0, { initial: machines, max: machines }]]) },
      limits: { workersMax: workers, machinesMax: machines, coreOvercommit, holdMax: HOLD_MAX, timeoutNs: NEVER },
      monitorPeriodNs: NEVER,
      samplePeriodNs: NEVER,
      startOnRequest: false,
      recorder: { fromNs: 0, untilNs: NEVER, rowsMax: 0, rowsSalt: 0, binNs: milliseconds(100), timelineMax: 0 },
    },
    seed,
    drainNs: drainOf(settings),
    solver: undefined,
    simulated: { contention: coreOvercommit > 1, faults: [] },
    notes: [],
  };
}

/** How long a live service may take after the last query. */
export function drainOf({ scenario, minDurationNs }: LoadSettings): Nanos {
  return scenario === 'offline' ? DRAIN_NS + DRAIN_DURATIONS * minDurationNs : DRAIN_NS;
}

interface Hosted {
  /** The variant alone, with one machine type. */
  readonly catalogue: Catalogue;
  readonly machines: number;
  readonly coreOvercommit: number;
}

/**
 * This host, where its hardware will do: workers compete for its cores then, as they would live. A simulated variant
 * for other hardware gets machines of the cheapest type that can host it, one for each worker.
 */
function hostFor({ variant, workers, catalogueFiles = [], live }: VariantServiceOptions): Hosted {
  const own = catalogueFiles.length === 0 ? [] : [loadCatalogueFiles(catalogueFiles)];
  const definitions = withHost(joinDefinitions(bundledCatalogue(), ...own));
  const rows = definitions.variants.find(({ name }) => name === variant)?.profile.rows ?? [];
  const isSpread = rows.every(({ quantilesNs, samplesNs }) => quantilesNs !== undefined || samplesNs !== undefined);
  const sampling = isSpread ? 'empirical' : 'mean';
  const select = (machines?: readonly string[]): Catalogue =>
    selectCatalogue(definitions, { variants: [variant], machines, sampling, extrapolate: true });
  const all = select();
  const [found] = all.variants;
  const host = all.machineTypes.find(({ name }) => name === HOST);
  if (
    host !== undefined &&
    availableHardware().includes(found.hardware) &&
    canHost(host, found, found.resources.cores)
  ) {
    const coreOvercommit = Math.max(1, (workers * found.resources.cores) / host.cores);
    return { catalogue: select([HOST]), machines: 1, coreOvercommit };
  }
  const hosts = all.machineTypes.filter((type) => canHost(type, found, 1));
  if (live || hosts.length === 0) {
    const what = live ? 'this host lacks its hardware or its memory' : 'no machine type has room for it';
    throw new ServingErrors([unfit(found.name, what, live ? 'another variant, or --simulate' : 'another variant')]);
  }
  return { catalogue: select([hosts.reduce(cheaper).name]), machines: workers, coreOvercommit: 1 };
}

function cheaper(a: MachineType, b: MachineType): MachineType {
  return b.pricePerHourUsd < a.pricePerHourUsd ? b : a;
}

function requireFit(variant: Variant, { settings, live, maxBatch }: VariantServiceOptions): void {
  const errors: ServingError[] = [];
  const most = maxBatch === 0 ? variant.maxBatch : Math.min(maxBatch, variant.maxBatch);
  if (settings.samplesPerQuery > most) {
    const found = `${settings.samplesPerQuery} samples in a query, and batches of at most ${most}`;
    errors.push(unfit(variant.name, found, 'at most as many samples in a query as fit into a batch'));
  }
  if (live && variant.artifact === undefined) {
    errors.push(unfit(variant.name, 'no model file', 'a variant with a model, or --simulate'));
  }
  if (errors.length > 0) throw new ServingErrors(errors);
}

function unfit(name: string, found: string, expected: string): ServingError {
  return new ServingError({
    code: 'CONFIG_LOAD_VARIANT',
    message: `variant ${name} cannot be loaded so`,
    found,
    expected,
  });
}

/** Everything fixed but the batches. */
function policies(maxBatch: number): PolicyChoices {
  const names: Readonly<Record<Family, string>> = {
    selection: 'fixed',
    admission: 'all',
    dispatch: 'shortest-queue',
    batching: 'work-conserving',
    placement: 'first-fit',
    'model-scaling': 'none',
    'machine-scaling': 'none',
  };
  const given: Partial<Record<Family, Record<string, number>>> = { batching: { maxBatch, cpuMaxBatch: maxBatch } };
  const choices = FAMILIES.map((family) => {
    const definition = builtInPolicy(family, names[family]);
    invariant(definition !== undefined, `there is no ${family} policy ${names[family]}`);
    return [family, { definition, options: { ...defaultsOf(definition.options), ...given[family] } }] as const;
  });
  return Object.fromEntries(choices) as PolicyChoices; // FAMILIES names every key.
}
