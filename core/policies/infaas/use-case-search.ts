/**
 * The search by use case (`gpar_lat_acc_search` of queryfe_server.cc): accuracy first, then latency. The recent answers
 * are tried before the candidates of the first accuracy bin that has any at or above the accuracy asked for; later bins
 * are not looked at, nor lower accuracies, when none of these will do.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { NONE } from '../../policy.ts';
import { toMilliseconds } from '../../time.ts';
import type { AnswerCache } from './answer-cache.ts';
import {
  CANDIDATES_MIN,
  CANDIDATE_MS,
  COLD_PENALTY_MS,
  CPU_MARKER,
  DECISION_SHARE,
  SCORE_CEILING,
} from './constants.ts';
import type { DecisionMode } from './decision-mode.ts';
import type { Query } from './query.ts';
import type { QueryLists } from './query-lists.ts';
import type { InfaasState } from './state.ts';
import { ON_CPU, ON_GPU } from './variant-facts.ts';

/** Above every largest batch. */
const NO_BATCH = 512;

export class UseCaseSearch {
  private readonly state: InfaasState;
  private readonly mode: DecisionMode;
  private readonly lists: QueryLists;
  private readonly looseMs: number;

  constructor(state: InfaasState, mode: DecisionMode, lists: QueryLists) {
    this.state = state;
    this.looseMs = toMilliseconds(state.options.looseSlo);
    this.mode = mode;
    this.lists = lists;
  }

  search(query: Query, bins: readonly Int32Array[], cache: AnswerCache): VariantIndex {
    const cached = this.searchCache(query, cache);
    if (cached === NONE) return this.searchBins(query, bins, cache);
    cache.touch(cached);
    return cached;
  }

  private searchCache(query: Query, cache: AnswerCache): VariantIndex {
    const { state, mode } = this;
    for (let i = 0; i < cache.count; i += 1) {
      const variant = cache.variants[i];
      if (query.inputs > state.facts.maxBatch[variant] || !this.isAccurate(query, variant)) continue;
      if (!this.isInTime(query, state.facts.latencyMs(variant, query.inputs)) || !state.isRunning(variant)) continue;
      if (mode.ignoresLoad) return query.verdict.settle(variant, true);
      if (state.isUnloading(variant)) continue;
      if (!state.isFlagged(variant, state.lowestQps(variant))) return query.verdict.settle(variant, true);
      if (state.facts.kind[variant] === ON_CPU) continue;
      this.askForMachine(variant);
      return query.verdict.settle(variant, false);
    }
    return NONE;
  }

  private searchBins(query: Query, bins: readonly Int32Array[], cache: AnswerCache): VariantIndex {
    const { state, mode } = this;
    const { facts } = state;
    const limit = candidatesMax(query.sloMs, state.options.bugCandidateOverflow);
    const ceiling = state.options.bugScoreCeiling ? SCORE_CEILING : Infinity;
    let best: VariantIndex = NONE;
    let bestScore = ceiling;
    let isBestRunning = false;
    let coldCpu: VariantIndex = NONE;
    let coldCpuScore = ceiling;
    let anyRunning = false;
    let anyFlaggedCpu = false;
    let leastBatch = NO_BATCH;
    const bin = this.firstBin(query, bins);
    const from = this.firstAccurate(query, bin);
    const until = Math.min(bin.length, from + limit);
    for (let i = from; i < until; i += 1) {
      const variant = bin[i];
      if (query.inputs > facts.maxBatch[variant]) continue;
      const isSmaller = facts.markers[variant] < leastBatch;
      if (isSmaller) leastBatch = facts.markers[variant];
      const latencyMs = facts.latencyMs(variant, query.inputs);
      if (!this.isInTime(query, latencyMs)) continue;
      if (mode.ignoresLoad && state.isRunning(variant)) {
        cache.touch(variant);
        return query.verdict.settle(variant, true);
      }
      if (state.isUnloading(variant)) continue;
      const isCpu = facts.kind[variant] === ON_CPU;
      const machine = state.lowestQps(variant);
      const isRunning = machine !== NONE && !(isCpu && state.isScaledown(variant, machine));
      if (!isRunning) {
        const score = COLD_PENALTY_MS + facts.loadMs[variant] + latencyMs;
        if (isSmaller && score < bestScore) {
          best = variant;
          bestScore = score;
          isBestRunning = false;
        }
        if (query.isLoose && facts.markers[variant] === CPU_MARKER && score < coldCpuScore) {
          coldCpu = variant;
          coldCpuScore = score;
        }
        continue;
      }
      const isFlagged = state.isFlagged(variant, machine);
      if (isFlagged && isCpu) {
        anyFlaggedCpu = true;
        continue;
      }
      if (query.score(latencyMs) < bestScore) {
        best = variant;
        bestScore = query.score(latencyMs);
        isBestRunning = !isFlagged;
        if (!isFlagged) anyRunning = true;
      }
      if (isFlagged) this.askForMachine(variant);
    }
    if (coldCpu !== NONE && !anyRunning && !anyFlaggedCpu) return query.verdict.settle(coldCpu, false);
    if (best !== NONE) cache.touch(best);
    return query.verdict.settle(best, isBestRunning);
  }

  /** The first bin, from that of the accuracy asked for upwards, with a variant that is accurate enough. */
  private firstBin(query: Query, bins: readonly Int32Array[]): Int32Array {
    for (let bin = this.lists.binOf(query.accuracyPercent); bin < bins.length; bin += 1) {
      const variants = bins[bin];
      if (variants.length > 0 && this.isAccurate(query, variants[variants.length - 1])) return variants;
    }
    return NOTHING;
  }

  private firstAccurate(query: Query, bin: Int32Array): number {
    let from = 0;
    while (from < bin.length && !this.isAccurate(query, bin[from])) from += 1;
    return from;
  }

  private isAccurate(query: Query, variant: VariantIndex): boolean {
    return this.state.context.catalogue.variants[variant].accuracyPercent >= query.accuracyPercent;
  }

  /** Fast enough, and not so fast that a loose objective should be left to CPUs; nothing is too fast without one. */
  private isInTime(query: Query, latencyMs: number): boolean {
    if (latencyMs > query.sloMs) return false;
    return query.sloMs === Infinity || !(query.isLoose && latencyMs < this.looseMs);
  }

  private askForMachine(variant: VariantIndex): void {
    if (this.mode.asksForMachines && this.state.facts.kind[variant] === ON_GPU) this.state.flags.vmScale = true;
  }
}

const NOTHING = new Int32Array(0);

/**
 * How many candidates a decision may look at. The release hands the number on as a signed byte: a negative one means
 * no limit to Redis, and 0 finds nothing.
 */
export function candidatesMax(sloMs: number, overflows: boolean): number {
  // 0.15 of the objective at 0.6 ms a candidate: a quarter of the milliseconds. Divided out, so that no rounding errs.
  const most = Math.max(CANDIDATES_MIN, Math.floor(sloMs / (CANDIDATE_MS / DECISION_SHARE)));
  if (!overflows || most === Infinity) return most;
  const wrapped = (most << 24) >> 24;
  return wrapped < 0 ? Infinity : wrapped;
}
