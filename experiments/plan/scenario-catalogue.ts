/** The catalogue of a scenario: its variants with latency models made as the scenario says. */
import { Catalogue } from '../../core/index.ts';
import { latencyModel } from '../../backends/index.ts';
import type { ScenarioConfig } from '../config/experiment-config.ts';

export function scenarioCatalogue(scenario: ScenarioConfig): Catalogue {
  const { variants, machineTypes, sampling, extrapolate } = scenario;
  const models = variants.map(({ name, maxBatch, profile }) =>
    latencyModel(profile, { variant: name, maxBatch, sampling, extrapolate }),
  );
  return new Catalogue(variants, models, machineTypes);
}
