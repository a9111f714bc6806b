/** What an allocation of Proteus is about: offers of variants, machines, and demands. Plain data. */
import type { MachineOffer, Resources } from '../planning/machine-offers.ts';

/** What a worker of a variant contributes and takes. */
export interface Offer {
  readonly accuracyPercent: number;
  /** Inputs per second at the planned batch; 0 when the variant is of no use. */
  readonly throughputRps: number;
  readonly need: Resources;
}

export interface Demand {
  /** Inputs per second, above 0. */
  readonly rateRps: number;
  /** Variants that may serve it; not empty. */
  readonly variants: readonly number[];
}

export interface Problem {
  /** By variant index. */
  readonly offers: readonly Offer[];
  readonly machines: readonly MachineOffer[];
  readonly demands: readonly Demand[];
}
