/**
 * A service as resolved from its YAML file: the catalogue, the fleet and one policy set, read as those of an experiment
 * are, and the settings of its listeners and stores. Defaults filled in, names checked, quantities in the units used
 * inside. Types only.
 */
import type { MachineTypeDefinition, VariantDefinition } from '../../../backends/index.ts';
import type { Nanos, PolicyChoice, PolicyChoices, Solver } from '../../../core/index.ts';
import type { LimitsConfig, ScenarioConfig } from '../experiment-config.ts';
import type { ServiceSettings } from './schema.ts';

export interface ServiceConfig extends Pick<
  ScenarioConfig,
  'sampling' | 'extrapolate' | 'machines' | 'workers' | 'coreOvercommit' | 'startOnRequest'
> {
  /** Absolute path of the file it came from. */
  readonly file: string;
  /** Absolute folder of the file: what its relative paths start from. */
  readonly folder: string;
  /** Name of the policy set that is in force. */
  readonly policySet: string;
  readonly policies: PolicyChoices;
  /** Loaded where some policy of the set solves programs. */
  readonly solver: Solver | undefined;
  readonly seed: string;
  readonly variants: readonly ServiceVariantConfig[];
  /** Those of the fleet. */
  readonly machineTypes: readonly MachineTypeDefinition[];
  readonly limits: LimitsConfig;
  readonly monitorPeriodNs: Nanos;
  readonly settings: ServiceSettings;
  /** What can be served but should be looked at, each with its `file:line`. */
  readonly notes: readonly string[];
}

export interface ServiceVariantConfig {
  readonly definition: VariantDefinition;
  /** How its workers form batches, where that is not the set's policy. */
  readonly batching?: PolicyChoice;
  /** Between how many workers it is kept, where that is not the autoscaler's business. */
  readonly workers?: { readonly least: number; readonly most: number };
}
