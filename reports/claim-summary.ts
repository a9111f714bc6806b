/**
 * The claims of several experiments, each summed up over all of them: how often it held, how large the advantage or
 * the share was on average and at the extreme, beside what the paper reports.
 */
import type { ExpectationResult } from '../core/index.ts';

/** An experiment as the summary needs it. */
export interface ClaimedRun {
  readonly name: string;
  /** False when some of its runs cannot be believed, or it was interrupted. */
  readonly valid: boolean;
  /** Path of its report, from the folder of the summary. */
  readonly report: string;
  readonly expectations: readonly ExpectationResult[];
}

export interface ClaimSummary {
  readonly claim: string;
  /** Its sentences, each once. */
  readonly says: readonly string[];
  readonly experiments: readonly string[];
  readonly held: number;
  readonly notHeld: number;
  readonly undecided: number;
  /** Of the ratios of all its expectations that have one; null where none has, or one is 0. */
  readonly geometricMeanRatio: number | null;
  readonly arithmeticMeanRatio: number | null;
  readonly largestRatio: number | null;
  /** What the paper reports, each figure once. */
  readonly paperRatios: readonly number[];
  /** Of the shares that the expected variants answered, each the mean of its replications; null without any. */
  readonly meanSharePercent: number | null;
  readonly lowestSharePercent: number | null;
}

/** The claims in the order in which they are first met. */
export function claimSummaries(runs: readonly ClaimedRun[]): ClaimSummary[] {
  const judged = runs.flatMap(({ name, expectations }) => expectations.map((each) => ({ name, ...each })));
  return [...new Set(judged.map(({ claim }) => claim))].map((claim) => {
    const own = judged.filter((each) => each.claim === claim);
    const compared = own.filter((each) => each.kind === 'comparison');
    const ratios = compared.flatMap(({ ratio }) => (ratio === null ? [] : [ratio.mean]));
    const shares = own.flatMap((each) => (each.kind === 'served-by' ? (each.sharePercent.mean ?? []) : []));
    const counted = (outcome: ExpectationResult['outcome']): number =>
      own.filter((each) => each.outcome === outcome).length;
    return {
      claim,
      says: [...new Set(own.map(({ says }) => says))],
      experiments: [...new Set(own.map(({ name }) => name))],
      held: counted('held'),
      notHeld: counted('not held'),
      undecided: counted('undecided'),
      geometricMeanRatio: geometricMean(ratios),
      arithmeticMeanRatio: arithmeticMean(ratios),
      largestRatio: ratios.length === 0 ? null : Math.max(...ratios),
      paperRatios: [...new Set(compared.flatMap(({ paperRatio }) => paperRatio ?? []))],
      meanSharePercent: arithmeticMean(shares),
      lowestSharePercent: shares.length === 0 ? null : Math.min(...shares),
    };
  });
}

/** Findings of a claim that belong together: those of one experiment and one sentence. */
export interface ClaimFindings {
  readonly run: ClaimedRun;
  readonly says: string;
  readonly findings: readonly ExpectationResult[];
}

/** Every finding of a claim, by experiment and sentence. */
export function claimFindings(runs: readonly ClaimedRun[], claim: string): ClaimFindings[] {
  return runs.flatMap((run) => {
    const own = run.expectations.filter((each) => each.claim === claim);
    return [...new Set(own.map(({ says }) => says))].map((says) => ({
      run,
      says,
      findings: own.filter((each) => each.says === says),
    }));
  });
}

function arithmeticMean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;
}

function geometricMean(ratios: readonly number[]): number | null {
  if (ratios.length === 0 || ratios.some((ratio) => ratio <= 0)) return null;
  return Math.exp(ratios.reduce((total, ratio) => total + Math.log(ratio), 0) / ratios.length);
}
