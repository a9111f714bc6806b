/** The catalogue of a run: its variants with latency models made as the scenario says, and which of them are listed. */
import type { ScenarioConfig } from '../config/experiment-config.ts';
import { Catalogue, calibrateProfile, canHost } from '../../core/index.ts';
import { latencyModel } from '../../backends/index.ts';
import { hiddenVariants } from '../config/hidden-variants.ts';

/**
 * @param machines those of the policy set that runs. A variant that none of their types can host is found by its name
 * only: nobody should be offered what cannot be loaded.
 */
export function scenarioCatalogue(scenario: ScenarioConfig, machines = scenario.machines): Catalogue {
  const { machineTypes, sampling, extrapolate, coreOvercommit, calibration } = scenario;
  // In both worlds: policies predict with what batches take in the service.
  const variants =
    calibration === null
      ? scenario.variants
      : scenario.variants.map((variant) => ({ ...variant, profile: calibrateProfile(variant.profile, calibration) }));
  const models = variants.map(({ name, maxBatch, profile }) =>
    latencyModel(profile, { variant: name, maxBatch, sampling, extrapolate }),
  );
  const hosts = machineTypes.filter(({ name }) => machines.some(({ type }) => type === name));
  const homeless = variants.filter((variant) => !hosts.some((type) => canHost(type, variant, coreOvercommit)));
  const hidden = new Set([...hiddenVariants(scenario.rollouts), ...homeless.map(({ name }) => name)]);
  return new Catalogue(variants, models, machineTypes, hidden);
}
