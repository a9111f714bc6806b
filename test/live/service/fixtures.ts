/** Small services for tests: variants that are latency tables, or bundled models, on one machine of this host's kind. */
import type { Family, PolicyDefinition } from '../../../core/index.ts';
import { NEVER, milliseconds, seconds } from '../../../core/index.ts';
import type { MachineTypeDefinition, TensorValue, VariantDefinition } from '../../../backends/index.ts';
import { bundledCatalogue } from '../../../backends/index.ts';
import type {
  ModelEntry,
  ServedVariant,
  ServiceAnswer,
  ServiceBlueprint,
  ServicePort,
  ServiceQuery,
} from '../../../live/service/index.ts';
import { choosePolicies, tableVariant } from '../world/fixtures.ts';

const ORIGIN = { place: 'the tests', folder: '.' };

export const HOST: MachineTypeDefinition = {
  name: 'host',
  source: 'the tests',
  cores: 8,
  memoryBytes: 16e9,
  pricePerHourUsd: 1,
  reservedPricePerHourUsd: 1,
  bootNs: milliseconds(20),
  idleWatts: 0,
  busyWatts: 0,
  origin: ORIGIN,
};

/** A variant that exists as a table: batches take the given times, one value in, ten out. */
export function tableServed(
  name: string,
  batchMs: readonly number[],
  changes: Partial<VariantDefinition> = {},
): ServedVariant {
  const { index, ...variant } = tableVariant(0, name, batchMs);
  void index;
  const definition: VariantDefinition = {
    ...variant,
    architecture: `${name}-network`,
    useCase: { task: 'classification', dataset: name },
    inputs: [{ name: 'input', type: 'float32', shape: [null, 1] }],
    outputs: [{ name: 'logits', type: 'float32', shape: [null, 10] }],
    origin: ORIGIN,
    ...changes,
  };
  return { name, definition, isDefault: true, source: 'config' };
}

/** Bundled models by name. */
export function bundledServed(...names: readonly string[]): ServedVariant[] {
  const { variants } = bundledCatalogue();
  return names.map((name) => {
    const definition = variants.find((variant) => variant.name === name);
    if (definition === undefined) throw new Error(`there is no bundled ${name}`);
    return { name, definition, isDefault: true, source: 'config' };
  });
}

type Choice = readonly [
  policy: string | PolicyDefinition,
  options?: Readonly<Record<string, number | boolean | string>>,
];

/** A blueprint that starts workers on request, on one machine. */
export function blueprintOf(
  variants: readonly ServedVariant[],
  changes: Partial<ServiceBlueprint> = {},
  policies: Partial<Record<Family, Choice>> = {},
): ServiceBlueprint {
  return {
    variants,
    machineTypes: [HOST],
    sampling: 'mean',
    extrapolate: true,
    policies: choosePolicies(policies),
    machines: [{ type: 'host', initial: 1, max: 1 }],
    workers: [],
    limits: { holdMax: 100, timeoutNs: seconds(20), workersMax: 16, machinesMax: 4, coreOvercommit: 4 },
    openMax: 1000,
    monitorPeriodNs: seconds(1),
    startOnRequest: true,
    seed: '1',
    bootNs: 0,
    engines: { loadTimeoutNs: seconds(20), batchTimeoutNs: seconds(5), memoryMaxBytes: Infinity },
    ...changes,
  };
}

/** Float values as a tensor with one row per input. */
export function floats(name: string, inputs: number, values: readonly number[]): TensorValue {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return { name, type: 'float32', shape: [inputs, values.length / inputs], bytes };
}

/** A query for a name of the service's directory. */
export function queryFor(service: ServicePort, name: string, changes: Partial<ServiceQuery> = {}): ServiceQuery {
  const model: ModelEntry | undefined = service.directory.find(name);
  if (model === undefined) throw new Error(`the service has no ${name}`);
  const tensors = [floats('input', 1, [1])];
  return { application: 'default', model, tensors, latencyNs: NEVER, accuracyPercent: 0, ...changes };
}

/** How an answer ended, in a word or two. */
export function endOf(answer: ServiceAnswer): string {
  return answer.ok ? `${answer.outcome} by ${answer.variant}` : `${answer.outcome}: ${answer.reason}`;
}
