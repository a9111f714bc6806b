/** How long the steps that are left will take, from those that are done; by the plan where nothing is known. */
import { mean } from 'simple-statistics';
import type { Nanos } from '../../../core/index.ts';
import type { Step } from './timings-steps.ts';

export type ForecastStep = Pick<Step, 'kind' | 'plannedNs'>;

export class StepsForecast {
  private readonly left: ForecastStep[];
  private readonly afterNs: Nanos;
  /** Of each kind. */
  private readonly takenNs = new Map<string, Nanos[]>();

  /** @param afterNs of what comes after all steps. */
  constructor(steps: readonly ForecastStep[], afterNs: Nanos) {
    this.left = [...steps];
    this.afterNs = afterNs;
  }

  /** Steps are finished in their order. */
  finished({ kind }: ForecastStep, tookNs: Nanos): void {
    this.left.shift();
    this.takenNs.set(kind, [...(this.takenNs.get(kind) ?? []), tookNs]);
  }

  get leftNs(): Nanos {
    const means = new Map([...this.takenNs].map(([kind, taken]) => [kind, mean(taken)]));
    const stepsNs = this.left.reduce((sum, { kind, plannedNs }) => sum + (means.get(kind) ?? plannedNs), 0);
    return Math.round(stepsNs + this.afterNs);
  }
}
