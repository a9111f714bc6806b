/** One grid point of a config, resolved: everything that defines a run apart from its seed, checked as a whole. */
import type { Nanos } from '../../../core/index.ts';
import { Catalogue, NEVER, formatDuration } from '../../../core/index.ts';
import type { FaultPlan } from '../../../sim/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type {
  LimitsConfig,
  ObjectiveConfig,
  PolicySetConfig,
  RolloutConfig,
  ScenarioConfig,
} from '../experiment-config.ts';
import { hiddenVariants } from '../hidden-variants.ts';
import { pointShape } from '../schema/experiment.ts';
import { faultSchema, limitsShape, limitsWords } from '../schema/surroundings.ts';
import { readDefinitionFiles, resolveCatalogue } from './catalogue.ts';
import { readCalibration } from './calibration.ts';
import { checkTimes } from './check-times.ts';
import { checkCounts, checkFleet, readFleet } from './fleet.ts';
import { noteHopeless } from './hopeless-queries.ts';
import { readOffline } from './offline.ts';
import { readObjectives } from './objectives.ts';
import type { LoadedModules } from './policies.ts';
import { resolvePolicies } from './policies.ts';
import { readRollouts } from './rollouts.ts';
import { tryPolicies } from './try-policies.ts';
import { checkQueries, checkSpec, readWorkload, traceDuration } from './workload.ts';

export interface ResolvedPoint {
  readonly scenario: ScenarioConfig;
  readonly policies: readonly PolicySetConfig[];
  readonly objectives: readonly ObjectiveConfig[];
}

/** Undefined when anything is wrong; the reader has the errors. */
export async function resolvePoint(reader: ConfigReader, modules: LoadedModules): Promise<ResolvedPoint | undefined> {
  const givenNs = reader.read(pointShape.duration, ['duration']);
  const warmUpNs = reader.read(pointShape.warm_up, ['warm_up']);
  const coolDownNs = reader.read(pointShape.cool_down, ['cool_down']);
  const network = reader.read(pointShape.network, ['network']) ?? null;
  const calibration = readCalibration(reader);
  const monitorPeriodNs = reader.read(pointShape.monitor_period, ['monitor_period']);
  const rowsMax = reader.read(pointShape.request_rows, ['request_rows']);
  const limits = readLimits(reader);
  const faults = readFaults(reader, limits);

  const definitions = readDefinitionFiles(reader);
  const fleet = readFleet(
    reader,
    definitions?.all.machineTypes.map(({ name }) => name),
  );
  const types = (fleet?.machines ?? []).map(({ type }) => type);
  const known = types.filter((type) => definitions?.all.machineTypes.some(({ name }) => name === type));
  const selected = definitions && resolveCatalogue(reader, definitions, known);
  const rollouts = readRollouts(reader, selected?.catalogue);
  const resolved = selected && { ...selected, catalogue: withHidden(selected.catalogue, rollouts) };
  const offline = readOffline(reader, resolved?.catalogue);
  if (fleet !== undefined && resolved !== undefined) checkFleet(reader, fleet, resolved);
  if (fleet !== undefined && limits !== undefined) checkCounts(reader, fleet, limits);

  const workload = readWorkload(reader);
  if (workload !== undefined && resolved !== undefined) checkQueries(reader, workload.queries, resolved.catalogue);
  const traced = workload?.arrivals.process === 'trace' ? workload.arrivals : undefined;
  if (workload !== undefined && traced === undefined && reader.at(['duration']) === undefined) {
    reader.refuse(['duration'], 'how long queries arrive, such as "60 s"');
  }
  const durationNs = traced === undefined ? givenNs : await traceDuration(reader, traced, givenNs);
  if (durationNs !== undefined && warmUpNs !== undefined && coolDownNs !== undefined) {
    checkWindow(reader, { durationNs, warmUpNs, coolDownNs });
  }
  if (durationNs !== undefined) checkTimes(reader, durationNs);
  const spec = workload !== undefined && durationNs !== undefined ? { ...workload, durationNs } : undefined;
  if (spec !== undefined) checkSpec(reader, spec);
  const machineTypes = resolved?.catalogue.machineTypes.map(({ name }) => name);
  const objectives = readObjectives(reader, { machineTypes, workload });

  const policies = resolvePolicies(reader, { modules, catalogue: resolved?.catalogue });
  for (const [index, { fleet: own }] of policies.entries()) {
    if (own === undefined || limits === undefined) continue;
    checkCounts(reader, { machines: own.machines ?? [], workers: own.workers ?? [] }, limits, [
      'policies',
      index,
      'fleet',
    ]);
  }
  if (reader.errors.length > 0) return undefined;
  if (resolved === undefined || fleet === undefined || spec === undefined || limits === undefined) return undefined;
  if (warmUpNs === undefined || coolDownNs === undefined || monitorPeriodNs === undefined) return undefined;
  if (rowsMax === undefined || offline === undefined || calibration === undefined) return undefined;
  const { catalogue, sampling, extrapolate } = resolved;
  const { variants } = catalogue;
  noteHopeless(reader, spec.queries, { fleet: { catalogue, ...fleet }, sets: policies });
  const times = { warmUpNs, coolDownNs, monitorPeriodNs };
  const scenario: ScenarioConfig = {
    workload: spec,
    ...times,
    variants,
    machineTypes: catalogue.machineTypes,
    sampling,
    extrapolate,
    ...fleet,
    network,
    calibration,
    faults,
    offline,
    rollouts,
    limits,
    rowsMax,
  };
  tryPolicies(reader, policies, { scenario, catalogue, kinds: spec.queries.map(({ kind }) => kind), modules });
  return reader.errors.length > 0 ? undefined : { scenario, policies, objectives };
}

/** Versions still to be rolled out are found by their own name only. */
function withHidden({ variants, latency, machineTypes }: Catalogue, rollouts: readonly RolloutConfig[]): Catalogue {
  return new Catalogue(variants, latency, machineTypes, hiddenVariants(rollouts));
}

/** The limits with their defaults; undefined after a complaint. */
export function readLimits(reader: ConfigReader): LimitsConfig | undefined {
  const raw = reader.at(['limits']) === undefined ? {} : reader.readKeys(limitsShape, ['limits'], limitsWords.what);
  const limits = reader.at(['limits']) === undefined ? pointShape.limits.parse({}) : raw;
  const { timeout, hold, workers, machines, open_requests: openMax, events, drain } = limits;
  if (timeout === undefined || hold === undefined || workers === undefined || machines === undefined) return undefined;
  if (openMax === undefined || events === undefined || drain === undefined) return undefined;
  const fleet = { holdMax: hold, workersMax: workers, machinesMax: machines };
  return { timeoutNs: timeout, ...fleet, openMax, eventsMax: events, drainNs: drain };
}

/** A lost message is never answered: without a timeout its request would stay open for ever. */
function readFaults(reader: ConfigReader, limits: LimitsConfig | undefined): FaultPlan[] {
  const faults = reader.readEach(faultSchema, ['faults'], 'a list of faults');
  for (const [index, fault] of faults.entries()) {
    if (fault?.fault !== 'lost-message' || limits?.timeoutNs !== NEVER) continue;
    reader.fail(['faults', index], {
      code: 'CONFIG_FAULT',
      message: 'loses messages, and nothing ends a request whose message is lost',
      found: 'no limits.timeout',
      expected: 'limits.timeout, such as "10 s"',
    });
  }
  return faults.filter((fault) => fault !== undefined);
}

/** Something must be left to measure. */
export function checkWindow(
  reader: ConfigReader,
  { durationNs, warmUpNs, coolDownNs }: { durationNs: Nanos; warmUpNs: Nanos; coolDownNs: Nanos },
  duration = 'the duration',
): void {
  if (warmUpNs + coolDownNs < durationNs) return;
  const path = warmUpNs > 0 ? ['warm_up'] : ['cool_down'];
  const cuts = [
    { key: 'warm_up', cutNs: warmUpNs },
    { key: 'cool_down', cutNs: coolDownNs },
  ].filter(({ cutNs }) => cutNs > 0);
  reader.fail(path, {
    code: 'CONFIG_NOTHING_MEASURED',
    message: 'leaves nothing to measure',
    found: cuts.map(({ key, cutNs }) => `${key} ${formatDuration(cutNs)}`).join(' and '),
    expected: `${cuts.length > 1 ? 'together ' : ''}less than ${duration}, ${formatDuration(durationNs)}`,
  });
}
