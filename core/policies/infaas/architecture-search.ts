/**
 * The search by architecture (`par_lat_search` of queryfe_server.cc): latency only. First the fastest variants that are
 * not too fast for the objective, if one of them runs; then all of them; then what to start. A tight objective starts
 * the variant with the smallest largest batch, not the one that loads fastest.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import type { Stream } from '../../random/stream.ts';
import { toMilliseconds } from '../../time.ts';
import { CPU_MARKER, FASTEST, SCORE_CEILING, SKIP_BLACKLIST_PROBABILITY } from './constants.ts';
import type { DecisionMode } from './decision-mode.ts';
import type { Query } from './query.ts';
import type { InfaasState } from './state.ts';
import { ON_CPU, ON_GPU } from './variant-facts.ts';

export class ArchitectureSearch {
  private readonly state: InfaasState;
  private readonly mode: DecisionMode;
  private readonly random: Stream;
  private readonly looseMs: number;
  private readonly tightMs: number;
  /** Overloaded CPU variants (mode 5), until they run no more. */
  private readonly rememberedCpu: Uint8Array;
  /** The overloaded CPU variant among the fastest, of the query at hand. */
  private flaggedFast: VariantIndex = NONE;
  // What the search over all variants found, of the query at hand.
  private candidate: VariantIndex = NONE;
  private candidateScore = Infinity;
  private isCandidateRunning = false;
  private smallest: VariantIndex = NONE;
  private exists = false;
  private anyFlagged = false;

  constructor(state: InfaasState, mode: DecisionMode) {
    this.state = state;
    this.mode = mode;
    this.random = state.context.random;
    this.looseMs = toMilliseconds(state.options.looseSlo);
    this.tightMs = toMilliseconds(state.options.tightSlo);
    this.rememberedCpu = new Uint8Array(state.context.catalogue.variants.length);
  }

  /** @param byLatency the architecture's variants, ascending by profiled latency of one input. */
  search(query: Query, byLatency: Int32Array): VariantIndex {
    const { verdict } = query;
    const from = this.firstAtLeast(byLatency, query.isLoose ? this.looseMs : 0);
    const until = this.fastUntil(query, byLatency, from);
    if (this.searchFast(query, byLatency, { from, until })) return verdict.variant;
    this.searchAll(query, byLatency);
    if (!this.exists) return NONE;
    if (this.candidate !== NONE) return verdict.settle(this.candidate, this.isCandidateRunning);
    if (from === until) return query.isLoose ? this.withoutCpus(query, byLatency) : NONE;
    if (!this.anyFlagged) {
      const first = query.isLoose ? this.firstThatFits(query, byLatency, { from, until }) : NONE;
      return verdict.settle(first === NONE ? this.smallest : first, false);
    }
    // Everything that runs is overloaded: the replacement gets the traffic, and loads; some is spared that wait. Both
    // count as not running, so that the overloaded variant is not fed where it is overloaded.
    const keeps = this.random.chance(SKIP_BLACKLIST_PROBABILITY);
    return verdict.settle(keeps && this.flaggedFast !== NONE ? this.flaggedFast : this.smallest, false);
  }

  /** Settles the verdict with a variant among the fastest that runs; false when none decides. */
  private searchFast(query: Query, byLatency: Int32Array, { from, until }: Range): boolean {
    const { state, mode } = this;
    this.flaggedFast = NONE;
    for (let i = from; i < until; i += 1) {
      const variant = byLatency[i];
      if (query.inputs > state.facts.maxBatch[variant]) continue;
      const machine = state.lowestQps(variant);
      if (machine === NONE) continue;
      if (mode.ignoresLoad) {
        query.verdict.settle(variant, true);
        return true;
      }
      if (state.isUnloading(variant)) continue;
      const isCpu = state.facts.kind[variant] === ON_CPU;
      if (!state.isFlagged(variant, machine)) {
        if (isCpu && this.remembers(variant)) continue;
        query.verdict.settle(variant, true);
        return true;
      }
      if (!isCpu) {
        this.askForMachine(variant);
        query.verdict.settle(variant, false);
        return true;
      }
      this.flaggedFast = variant;
    }
    return false;
  }

  private searchAll(query: Query, byLatency: Int32Array): void {
    const { state, mode } = this;
    const { facts } = state;
    this.candidate = NONE;
    this.candidateScore = state.options.bugScoreCeiling ? SCORE_CEILING : Infinity;
    this.isCandidateRunning = false;
    this.smallest = NONE;
    this.exists = false;
    this.anyFlagged = false;
    for (let i = 0; i < byLatency.length; i += 1) {
      const variant = byLatency[i];
      if (query.inputs > facts.maxBatch[variant]) continue;
      if (facts.markers[variant] === CPU_MARKER && query.sloMs <= this.tightMs) continue;
      if (this.smallest === NONE || facts.markers[variant] < facts.markers[this.smallest]) this.smallest = variant;
      const latencyMs = facts.latencyMs(variant, query.inputs);
      if (latencyMs > query.sloMs) continue;
      this.exists = true;
      const machine = state.lowestQps(variant);
      if (machine === NONE) {
        this.rememberedCpu[variant] = 0;
        continue;
      }
      if (mode.ignoresLoad) return this.propose(variant, 0, true);
      if (state.isUnloading(variant)) continue;
      // The accelerators of the architecture are hardly used there: back to CPUs, unless one of those is overloaded.
      if (this.flaggedFast === NONE && query.isLoose && state.isScaledown(variant, machine)) return;
      if (!state.isFlagged(variant, machine)) this.consider(query, variant, latencyMs);
      else this.considerFlagged(query, variant, latencyMs);
    }
  }

  /** A variant that runs within its limits. */
  private consider(query: Query, variant: VariantIndex, latencyMs: number): void {
    const score = query.score(latencyMs);
    if (!this.isPreferred(variant, score)) return;
    this.propose(variant, score, true);
  }

  private considerFlagged(query: Query, variant: VariantIndex, latencyMs: number): void {
    const { facts } = this.state;
    const score = query.score(latencyMs);
    this.anyFlagged = true;
    if (facts.kind[variant] !== ON_CPU) {
      if (score < this.candidateScore) this.propose(variant, score, false);
      this.askForMachine(variant);
      return;
    }
    if (!this.mode.remembersCpus) return;
    this.rememberedCpu[variant] = 1;
    // Where there is nothing but PyTorch the overloaded variant may be placed anew all the same.
    if (facts.pytorchOnly[variant] === 1 && score < this.candidateScore) this.propose(variant, score, false);
  }

  /** The closest to the objective; in mode 5 any accelerator before any CPU. */
  private isPreferred(variant: VariantIndex, score: number): boolean {
    const { kind } = this.state.facts;
    const isCpu = kind[variant] === ON_CPU;
    if (this.mode.remembersCpus && this.candidate !== NONE && (kind[this.candidate] === ON_CPU) !== isCpu)
      return !isCpu;
    return score < this.candidateScore;
  }

  private propose(variant: VariantIndex, score: number, isRunning: boolean): void {
    this.candidate = variant;
    this.candidateScore = score;
    this.isCandidateRunning = isRunning;
  }

  /**
   * For loose objectives of an architecture that has nothing but accelerator variants: the fastest that takes the
   * inputs. The release does not ask whether the fastest of all takes them.
   */
  private withoutCpus(query: Query, byLatency: Int32Array): VariantIndex {
    const { state } = this;
    const variant = state.options.bugFirstFastestMayNotFit
      ? byLatency[0]
      : this.firstThatFits(query, byLatency, { from: 0, until: byLatency.length });
    if (variant === NONE || state.facts.singleMs[variant] > query.sloMs) return NONE;
    const machine = state.lowestQps(variant);
    return query.verdict.settle(variant, machine !== NONE && !state.isFlagged(variant, machine));
  }

  private firstThatFits(query: Query, byLatency: Int32Array, { from, until }: Range): VariantIndex {
    for (let i = from; i < until; i += 1) {
      if (query.inputs <= this.state.facts.maxBatch[byLatency[i]]) return byLatency[i];
    }
    return NONE;
  }

  private firstAtLeast(byLatency: Int32Array, leastMs: number): number {
    let from = 0;
    while (from < byLatency.length && this.state.facts.singleMs[byLatency[from]] < leastMs) from += 1;
    return from;
  }

  private fastUntil(query: Query, byLatency: Int32Array, from: number): number {
    const most = Math.min(byLatency.length, from + FASTEST);
    let until = from;
    while (until < most && this.state.facts.singleMs[byLatency[until]] <= query.sloMs) until += 1;
    return until;
  }

  /** Whether the variant was overloaded and is left to accelerators since (mode 5). */
  private remembers(variant: VariantIndex): boolean {
    return this.mode.remembersCpus && this.rememberedCpu[variant] === 1;
  }

  private askForMachine(variant: VariantIndex): void {
    if (this.mode.asksForMachines && this.state.facts.kind[variant] === ON_GPU) this.state.flags.vmScale = true;
  }
}

/** Positions in a list, the last one excluded. */
interface Range {
  readonly from: number;
  readonly until: number;
}
