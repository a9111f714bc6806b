/**
 * Whether the variants that were expected to answer did: their share of the answered measured requests of each
 * replication, and what that says over all of them. A share of 100 % means every single request, so each run decides it;
 * a smaller one is decided by the interval over the replications.
 */
import type {
  CellResult,
  ExpectationOutcome,
  IntervalResult,
  ReplicationResult,
  ServedByExpectation,
} from '../../core/index.ts';
import type { ServedByExpectationConfig } from '../config/experiment-config.ts';
import { intervalOf } from '../statistics/index.ts';

export function servedByOf(
  { policy, parameters, verdict, replications }: CellResult,
  expectation: ServedByExpectationConfig,
  confidence: number,
): ServedByExpectation {
  const { claim, says, application, servedBy, sharePercent } = expectation;
  const shares = replications.map((run) => shareOf(run, expectation));
  const known = shares.filter((share) => share !== null);
  const missing = missingRemark(expectation, known.length < shares.length);
  // A run that cannot be believed decides nothing.
  const remark = verdict.valid ? missing : `${policy} is invalid here`;
  const found = remark === '' ? intervalIn(known, confidence) : nothing(confidence);
  return {
    kind: 'served-by',
    claim,
    says,
    policy,
    application,
    parameters,
    variants: servedBy,
    limitPercent: sharePercent,
    sharePercent: found,
    lowestPercent: remark === '' ? Math.min(...known) : null,
    outcome: remark === '' ? outcomeOf(known, sharePercent, found) : 'undecided',
    remark: remark === '' ? remarkOn(known, sharePercent) : remark,
  };
}

function missingRemark({ application }: ServedByExpectationConfig, isMissing: boolean): string {
  if (!isMissing) return '';
  return application === null ? 'a run answered nothing' : `a run answered nothing of ${application}`;
}

/** In percent, exactly 100 when nobody else answered; null when nothing was answered. */
function shareOf(
  { servedBy }: ReplicationResult,
  { application, servedBy: expected }: ServedByExpectationConfig,
): number | null {
  let all = 0;
  let own = 0;
  for (const { application: asking, variant, requests } of servedBy) {
    if (application !== null && asking !== application) continue;
    all += requests;
    if (expected.includes(variant)) own += requests;
  }
  return all === 0 ? null : (100 * own) / all;
}

/** The interval of a share ends where shares do. */
function intervalIn(shares: readonly number[], confidence: number): IntervalResult {
  const { mean, halfWidth, low, high } = intervalOf(shares, confidence);
  const cut = (end: number | null): number | null => (end === null ? null : Math.min(100, Math.max(0, end)));
  const samples = shares.length;
  return { mean, halfWidth, low: cut(low), high: cut(high), confidence, samples, method: 'replications' };
}

function nothing(confidence: number): IntervalResult {
  return { mean: null, halfWidth: null, low: null, high: null, confidence, samples: 0, method: 'replications' };
}

/** Everybody is a matter of fact; a share is one of the interval, which a single run does not have. */
function outcomeOf(shares: readonly number[], limit: number, { low, high }: IntervalResult): ExpectationOutcome {
  if (limit === 100) return shares.every((share) => share === 100) ? 'held' : 'not held';
  if (low === null || high === null) return 'undecided';
  if (low >= limit) return 'held';
  return high < limit ? 'not held' : 'undecided';
}

function remarkOn(shares: readonly number[], limit: number): string {
  return shares.length === 1 && limit < 100 ? 'one run gives no interval: add replications' : '';
}
