/**
 * Whether the variants that were expected to answer did: their share of the answered measured requests of each
 * replication, and what that says over all of them. A share of 100 % means every single request.
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
    remark: remark === '' && known.length === 1 ? 'one run: its share, without an interval' : remark,
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

function intervalIn(shares: readonly number[], confidence: number): IntervalResult {
  const { mean, halfWidth, low, high } = intervalOf(shares, confidence);
  return { mean, halfWidth, low, high, confidence, samples: shares.length, method: 'replications' };
}

function nothing(confidence: number): IntervalResult {
  return { mean: null, halfWidth: null, low: null, high: null, confidence, samples: 0, method: 'replications' };
}

/** A single run stands for itself: it has a share, but no interval that could leave it open. */
function outcomeOf(shares: readonly number[], limit: number, { mean, high }: IntervalResult): ExpectationOutcome {
  if (shares.every((share) => share >= limit)) return 'held';
  const most = high ?? mean ?? limit;
  return most < limit ? 'not held' : 'undecided';
}
