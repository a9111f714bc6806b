/**
 * Loads a service from a YAML file: an experiment's sections by the experiment's own code, and the settings under
 * `service`. What the file leaves out falls to the bundled service. All that is wrong is told at once, by line. Nothing
 * is started here, but the users' policy files are loaded, which are code.
 */
import { dirname, resolve } from 'node:path';
import type { CatalogueDefinitions, ValuePath } from '../../../backends/index.ts';
import type { Variant } from '../../../core/index.ts';
import { ServingErrors } from '../../../core/index.ts';
import { policyChoices } from '../../plan/serving-plan.ts';
import { solverFor } from '../../run/solver-for.ts';
import { checkRunnable } from '../check-live.ts';
import { ConfigReader } from '../config-reader.ts';
import { fleetOf } from '../experiment-config.ts';
import { inOrder } from '../load-config.ts';
import { parseYamlFile, shownPath } from '../parse-yaml.ts';
import { readDefinitionFiles, resolveCatalogue } from '../resolve/catalogue.ts';
import type { ResolvedCatalogue } from '../resolve/catalogue.ts';
import { checkCounts, checkFleet, readFleet } from '../resolve/fleet.ts';
import type { ReadFleet } from '../resolve/fleet.ts';
import { readLimits } from '../resolve/point.ts';
import { loadPolicyFiles } from '../resolve/points.ts';
import type { PolicyFiles } from '../resolve/points.ts';
import { modulePaths, resolvePolicies } from '../resolve/policies.ts';
import { tryPolicySet } from '../resolve/try-policies.ts';
import { frameShape, pointShape } from '../schema/experiment.ts';
import { withTensors } from './emulated.ts';
import { withHost } from './host-machine.ts';
import { chosenSet, withSlack } from './policy-set.ts';
import { UNUSED_KEYS, fileShape, fileWords } from './schema.ts';
import { bundledService, serviceData } from './service-data.ts';
import type { ServiceOverrides } from './service-data.ts';
import type { ServiceConfig, ServiceVariantConfig } from './service-config.ts';
import { readSettings } from './settings.ts';
import { readVariants } from './variants.ts';

/**
 * @param path the file; the bundled service when left out.
 * @throws {ServingErrors} with every mistake, sorted by line; codes as of `loadConfig`.
 *
 * @example
 * const config = await loadService(undefined, { set: ['service.http.port=0'] });
 */
export async function loadService(path?: string, overrides: ServiceOverrides = {}): Promise<ServiceConfig> {
  const file = resolve(path ?? bundledService());
  const parsed = parseYamlFile(file);
  const { data, optionAt } = serviceData(parsed.data, overrides);
  // What the command line says stands in no file.
  const locate = (at: ValuePath): string => optionAt(at) ?? parsed.locate(at);
  const reader = new ConfigReader(data, dirname(file), locate);
  if (!reader.isMap([], fileWords.what)) throw new ServingErrors(reader.errors);
  reader.refuseOthers([...Object.keys(fileShape), ...UNUSED_KEYS], []);
  const files = await loadPolicyFiles(reader, [{ parameters: {}, data: reader.data, locate }]);
  const read = readService(reader, files, overrides.policy);
  if (reader.errors.length > 0 || read === undefined) throw new ServingErrors(inOrder(reader.errors));
  const { set, ...config } = read;
  const unused = UNUSED_KEYS.filter((key) => reader.at([key]) !== undefined);
  const notes = unused.length === 0 ? [] : [`${shownPath(file)}: a service has no use for ${unused.join(', ')}`];
  return {
    ...config,
    file,
    folder: reader.folder,
    policySet: set.name,
    policies: policyChoices(set, files.modules),
    solver: await solverFor(set, files.modules),
    notes: [...notes, ...reader.notes],
  };
}

type ServiceParts = Omit<ServiceConfig, 'file' | 'folder' | 'policySet' | 'policies' | 'solver' | 'notes'> & {
  readonly set: Parameters<typeof solverFor>[0] & { readonly name: string };
};

/** Undefined after a complaint. */
function readService(reader: ConfigReader, files: PolicyFiles, policy: string | undefined): ServiceParts | undefined {
  const seed = reader.read(frameShape.seed, ['seed']);
  const monitorPeriodNs = reader.read(pointShape.monitor_period, ['monitor_period']);
  const settings = readSettings(reader);
  const limits = readLimits(reader);
  const { definitions, fleet, selected } = readOffer(reader, settings?.engines.emulate ?? {});
  if (fleet !== undefined && limits !== undefined) checkCounts(reader, fleet, limits);
  const catalogue = selected?.catalogue;
  const chosen = readPolicySet(reader, { files, selected, policy });
  const sources = { modules: files.modules, catalogue };
  const own = readVariants(reader, sources, catalogue?.variants);
  if (seed === undefined || monitorPeriodNs === undefined || limits === undefined || settings === undefined) return;
  if (definitions === undefined || fleet === undefined || selected === undefined || chosen === undefined) return;
  if (reader.errors.length > 0) return undefined;

  const { machineTypes, variants } = selected.catalogue;
  const set = withSlack(reader, chosen.set, { slack: settings.slack, machineTypes });
  const trial = { scenario: { ...fleet, limits }, catalogue: selected.catalogue, kinds: [], modules: files.modules };
  if (reader.errors.length === 0) tryPolicySet(reader, set, { trial, index: chosen.index });
  const { sampling, extrapolate } = selected;
  return {
    set,
    seed: String(seed),
    variants: definitions.variants.filter(({ name }) => variants.some((variant) => variant.name === name)).map(withOwn),
    machineTypes: definitions.machineTypes.filter(({ name }) => machineTypes.some((type) => type.name === name)),
    sampling,
    extrapolate,
    ...fleet,
    ...fleetOf(fleet, set),
    limits,
    monitorPeriodNs,
    settings,
  };

  function withOwn(definition: ServiceVariantConfig['definition']): ServiceVariantConfig {
    return { definition: withTensors(definition), ...own.get(definition.name) };
  }
}

interface Offer {
  readonly definitions: CatalogueDefinitions | undefined;
  readonly fleet: ReadFleet | undefined;
  readonly selected: ResolvedCatalogue | undefined;
}

/** What there is to serve, and on which machines. */
function readOffer(reader: ConfigReader, emulate: Readonly<Record<string, string>>): Offer {
  const files = readDefinitionFiles(reader);
  const definitions = files && withHost(files.all);
  const defined = definitions?.machineTypes.map(({ name }) => name);
  const fleet = readFleet(reader, defined);
  const known = (fleet?.machines ?? []).map(({ type }) => type).filter((type) => defined?.includes(type));
  const selected = files && definitions && resolveCatalogue(reader, { own: files.own, all: definitions }, known);
  if (fleet !== undefined && selected !== undefined) checkFleet(reader, fleet, selected);
  if (selected !== undefined) checkEngines(reader, selected.catalogue.variants, new Map(Object.entries(emulate)));
  return { definitions, fleet, selected };
}

/** A variant with a model file must run here; one without is answered by its latency table, which the user should know. */
function checkEngines(reader: ConfigReader, variants: readonly Variant[], emulate: ReadonlyMap<string, string>): void {
  const real = variants.filter(({ artifact }) => artifact !== undefined);
  const run = real.map((variant) => ({ ...variant, hardware: emulate.get(variant.hardware) ?? variant.hardware }));
  checkRunnable(reader, run, 'define it without a model file: its latency table then stands in');
  const emulated = variants.length - real.length;
  if (emulated === 0) return;
  const first = variants.find(({ artifact }) => artifact === undefined)?.name;
  const which = emulated === 1 ? `${first} has` : `${first} and ${emulated - 1} more have`;
  reader.note(['catalogue', 'variants'], `${which} no model file: its latency table stands in, and answers are zeros`);
}

/** The set that is deployed; undefined after a complaint. */
function readPolicySet(
  reader: ConfigReader,
  {
    files,
    selected,
    policy,
  }: { files: PolicyFiles; selected: ResolvedCatalogue | undefined; policy: string | undefined },
): ReturnType<typeof chosenSet> {
  for (const { file, path } of modulePaths(reader)) {
    const failure = files.failures.get(file);
    if (failure !== undefined) reader.adopt(failure, path);
  }
  const sets = resolvePolicies(reader, { modules: files.modules, catalogue: selected?.catalogue });
  return chosenSet(reader, sets, policy);
}
