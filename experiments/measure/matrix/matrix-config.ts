/** A fidelity matrix as its YAML file says it: which scenarios are run at which loads, and how they are measured. */
import type { Nanos } from '../../../core/index.ts';
import type { ExperimentConfig } from '../../config/experiment-config.ts';

/** How queries arrive in a cell, at a mean rate that the load decides. */
export type MatrixArrivals =
  | { readonly name: string; readonly kind: 'poisson' }
  /** Poisson, at `height` times the mean rate for `lastsNs` out of every `everyNs`, and at less between. */
  | {
      readonly name: string;
      readonly kind: 'bursts';
      readonly height: number;
      readonly everyNs: Nanos;
      readonly lastsNs: Nanos;
    };

export interface MatrixConfig {
  readonly name: string;
  readonly question: string;
  readonly seed: string;
  /** Live runs of each cell, each in minutes of its own. */
  readonly rounds: number;
  /** 0 to 1. */
  readonly confidence: number;
  /** Of the capacity measured in the same minutes, in percent, ascending. */
  readonly loadsPercent: readonly number[];
  /** Load of the live run that the calibration of a scenario is fitted to; none of `loadsPercent`. */
  readonly calibrationLoadPercent: number;
  readonly durationNs: Nanos;
  readonly warmUpNs: Nanos;
  /** Length of the run that measures the capacity. */
  readonly capacityNs: Nanos;
  readonly calibrationNs: Nanos;
  readonly arrivals: readonly MatrixArrivals[];
  readonly profile: {
    readonly batches: readonly number[];
    readonly gapsNs: readonly Nanos[];
    readonly samples: number;
    readonly cellBudgetNs: Nanos;
  };
  /** The service of each scenario: one experiment config with one policy set and no grid. */
  readonly scenarios: readonly ExperimentConfig[];
}
