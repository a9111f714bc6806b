/**
 * What the architectures are asked for: inputs per second of the last time slot, from the running totals, and the most
 * demanding objectives of its queries. The selection notes objectives; the model autoscaler closes a slot.
 * Invariant: objectives are those of the last slot in which the architecture had queries.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { PolicyContext } from '../../policy.ts';
import { NANOS_PER_SECOND, NEVER } from '../../time.ts';
import type { Nanos } from '../../time.ts';

export class Demand {
  /** Variants by architecture, ascending; an architecture is its position here. */
  readonly architectures: readonly (readonly VariantIndex[])[];
  /** Position of a variant's architecture. */
  readonly architectureOf: Int32Array;
  /** Inputs per second in the last slot, by architecture. */
  readonly loadRps: Float64Array;
  /** Of these, inputs of queries that named the variant itself, by variant. */
  readonly pinnedRps: Float64Array;
  /** What is left of the tightest latency objective for execution; `NEVER` where no query had one. */
  readonly budgetNs: Float64Array;
  readonly accuracyPercent: Float64Array;
  /** Inputs of the largest query. */
  readonly inputsMax: Int32Array;
  /** When the architecture was last asked for anything, `-Infinity` before. */
  readonly lastLoadNs: Float64Array;
  private readonly fleet: PolicyContext<unknown>['fleet'];
  private readonly seenInputs: Float64Array;
  private readonly pinnedInputs: Float64Array;
  private readonly openBudgetNs: Float64Array;
  private readonly openAccuracy: Float64Array;
  private readonly openInputsMax: Int32Array;
  private lastNs: Nanos = 0;

  constructor({ catalogue, fleet }: Pick<PolicyContext<unknown>, 'catalogue' | 'fleet'>) {
    const names = [...new Set(catalogue.variants.map(({ architecture }) => architecture))];
    const { length } = names;
    this.fleet = fleet;
    this.architectures = names.map((name) => catalogue.ofArchitecture(name));
    this.architectureOf = Int32Array.from(catalogue.variants, ({ architecture }) => names.indexOf(architecture));
    this.loadRps = new Float64Array(length);
    this.pinnedRps = new Float64Array(catalogue.variants.length);
    this.budgetNs = new Float64Array(length).fill(NEVER);
    this.accuracyPercent = new Float64Array(length);
    this.inputsMax = new Int32Array(length).fill(1);
    this.lastLoadNs = new Float64Array(length).fill(-Infinity);
    this.seenInputs = new Float64Array(catalogue.variants.length);
    this.pinnedInputs = new Float64Array(catalogue.variants.length);
    this.openBudgetNs = new Float64Array(length).fill(NEVER);
    this.openAccuracy = new Float64Array(length);
    this.openInputsMax = new Int32Array(length);
  }

  /** Notes what a query asked for, and whether it named the variant. */
  note(variant: VariantIndex, inputs: number, budgetNs: Nanos, accuracyPercent: number, pinned: boolean): void {
    const at = this.architectureOf[variant];
    if (budgetNs < this.openBudgetNs[at]) this.openBudgetNs[at] = budgetNs;
    if (accuracyPercent > this.openAccuracy[at]) this.openAccuracy[at] = accuracyPercent;
    if (inputs > this.openInputsMax[at]) this.openInputsMax[at] = inputs;
    if (pinned) this.pinnedInputs[variant] += inputs;
  }

  /** Ends a slot; its loads are what is planned for next. */
  closeSlot(now: Nanos): void {
    const perSecond = now === this.lastNs ? 0 : NANOS_PER_SECOND / (now - this.lastNs);
    const { arrivedInputs } = this.fleet.totals;
    for (const [at, variants] of this.architectures.entries()) {
      let inputs = 0;
      for (const variant of variants) {
        inputs += arrivedInputs[variant] - this.seenInputs[variant];
        this.seenInputs[variant] = arrivedInputs[variant];
        this.pinnedRps[variant] = this.pinnedInputs[variant] * perSecond;
        this.pinnedInputs[variant] = 0;
      }
      this.loadRps[at] = inputs * perSecond;
      if (inputs > 0) this.lastLoadNs[at] = now;
      if (this.openInputsMax[at] > 0) this.keepObjectives(at);
    }
    this.lastNs = now;
  }

  private keepObjectives(at: number): void {
    this.budgetNs[at] = this.openBudgetNs[at];
    this.accuracyPercent[at] = this.openAccuracy[at];
    this.inputsMax[at] = this.openInputsMax[at];
    this.openBudgetNs[at] = NEVER;
    this.openAccuracy[at] = 0;
    this.openInputsMax[at] = 0;
  }
}
