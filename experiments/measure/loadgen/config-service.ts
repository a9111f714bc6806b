/**
 * The service of an experiment's config under one of its policies, at the first point of its grid. Machines, workers,
 * policies, limits and what queries ask for are the config's; when queries come is the scenario's.
 */
import { NEVER, RandomStreams, ServingError } from '../../../core/index.ts';
import { meantName } from '../../../backends/index.ts';
import type { ExperimentConfig, PolicySetConfig } from '../../config/experiment-config.ts';
import { fleetOf } from '../../config/experiment-config.ts';
import { loadConfig } from '../../config/load-config.ts';
import { scenarioCatalogue } from '../../plan/scenario-catalogue.ts';
import { servingPlan } from '../../plan/serving-plan.ts';
import { policyModules } from '../../run/policy-modules.ts';
import { mayContend } from '../../run/simulate-replication.ts';
import { solverFor } from '../../run/solver-for.ts';
import type { LoadedService } from './serving-system.ts';
import type { LoadSettings } from './settings.ts';
import { drainOf } from './variant-service.ts';

export interface ConfigServiceOptions {
  readonly file: string;
  /** Name of a policy set; the config's baseline when left out. */
  readonly policy?: string | undefined;
  readonly seed?: string | undefined;
  readonly settings: LoadSettings;
  /** Whether it must run here, on the clock. */
  readonly live: boolean;
}

/** @throws ServingErrors with every mistake of the config; ServingError CONFIG_LOAD_POLICY, CONFIG_LOAD_QUERIES. */
export async function configService(options: ConfigServiceOptions): Promise<LoadedService> {
  const { settings } = options;
  const config = await loadConfig(options.file, { seed: options.seed, live: options.live });
  const [{ scenario }] = config.points;
  const policies = policySet(config, options);
  const { workload, limits } = scenario;
  if (workload.queries.length === 0) {
    throw new ServingError({
      code: 'CONFIG_LOAD_QUERIES',
      place: options.file,
      message: 'its workload does not say what is asked for',
      found: 'no queries',
      expected: 'workload.queries: what the load test is to ask for',
    });
  }
  const modules = await policyModules({ policies: [policies] });
  const catalogue = scenarioCatalogue(scenario, fleetOf(scenario, policies).machines);
  const kinds = workload.queries.map(({ kind }) => kind);
  const rowsSalt = new RandomStreams(config.seed).stream('request-rows').bits();
  const arrivalsEndNs = settings.minDurationNs;
  const parts = { scenario, catalogue, policies, modules, kinds, rowsMax: 0, rowsSalt, timelineMax: 0, arrivalsEndNs };
  const serving = servingPlan(parts);
  const swept = config.points.length > 1;
  return {
    name: `${config.name}, policy ${policies.name}`,
    asked: workload,
    // Every query is measured: LoadGen has no warm-up.
    serving: { ...serving, recorder: { ...serving.recorder, fromNs: 0, untilNs: NEVER } },
    seed: `${config.seed}/0`,
    drainNs: limits.drainNs === NEVER ? NEVER : Math.max(limits.drainNs, drainOf(settings)),
    solver: await solverFor(policies, modules),
    simulated: {
      network: scenario.network ?? undefined,
      contention: mayContend(scenario),
      host: scenario.calibration ?? undefined,
      faults: scenario.faults,
    },
    notes: [...config.notes, ...(swept ? ['the config has a grid: this is its first point'] : [])],
  };
}

function policySet(
  { points, baseline }: ExperimentConfig,
  { policy = baseline, file }: ConfigServiceOptions,
): PolicySetConfig {
  const [{ policies }] = points;
  const found = policies.find(({ name }) => name === policy);
  if (found !== undefined) return found;
  const names = policies.map(({ name }) => name);
  throw new ServingError({
    code: 'CONFIG_LOAD_POLICY',
    place: file,
    message: 'has no such policy',
    found: policy,
    ...meantName(policy, names),
    expected: `one of ${names.join(', ')}`,
  });
}
