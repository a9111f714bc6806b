/** A query as selection sees it: one object, filled in anew for every query. Times in milliseconds, as in the release. */
import { NONE } from '../../policy.ts';
import type { PolicyContext } from '../../policy.ts';
import type { Slot } from '../../tables/request-table.ts';
import { NEVER, toMilliseconds } from '../../time.ts';
import { Verdict } from './verdict.ts';

export class Query {
  inputs = 1;
  /** Latency objective; `Infinity` for none. */
  sloMs = Infinity;
  accuracyPercent = 0;
  readonly verdict = new Verdict();
  private readonly requests: PolicyContext<unknown>['requests'];

  /** Above it an objective is loose. */
  private readonly looseMs: number;

  constructor(requests: PolicyContext<unknown>['requests'], looseMs: number) {
    this.requests = requests;
    this.looseMs = looseMs;
  }

  read(slot: Slot): void {
    const { inputs, deadlineNs, scheduledNs, accuracyPercent } = this.requests;
    this.inputs = inputs[slot];
    this.sloMs = deadlineNs[slot] === NEVER ? Infinity : toMilliseconds(deadlineNs[slot] - scheduledNs[slot]);
    this.accuracyPercent = accuracyPercent[slot];
    this.verdict.settle(NONE, false);
  }

  /** Loose objectives are for CPUs. */
  get isLoose(): boolean {
    return this.sloMs > this.looseMs;
  }

  /**
   * How far a running candidate is from the objective: the closest is taken for the cheapest. Without an objective the
   * slowest is.
   */
  score(latencyMs: number): number {
    return (this.sloMs === Infinity ? 0 : this.sloMs) - latencyMs;
  }
}
