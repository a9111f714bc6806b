/** Runs with offline jobs: one machine of four cores and a variant whose batches take 100 ms, unless a test says other. */
import type { JobCounts, OfflineJob, OfflinePlan, RunRecord, Workload } from '../../../core/index.ts';
import { NEVER, invariant, milliseconds, seconds } from '../../../core/index.ts';
import { planOf } from '../../fixtures/plans.ts';
import type { PlanParts } from '../../fixtures/plans.ts';
import { simulate } from '../../fixtures/runs.ts';
import { deterministic } from '../../fixtures/services.ts';
import { arrivalsAt } from '../../fixtures/workloads.ts';

export interface OfflineParts extends PlanParts {
  readonly jobs: readonly Partial<OfflineJob>[];
  /** None when left out. */
  readonly throttle?: OfflinePlan['throttle'];
  readonly framework?: string;
  readonly workload?: Workload;
  /** Without a workload of its own a run has a request at its start and one at its end. */
  readonly lastsS?: number;
}

export const NO_THROTTLE = { utilisation: Infinity, flagged: false };

const JOB = {
  architecture: 'architecture-0',
  variant: '',
  files: 20,
  atNs: 0,
  cancelNs: NEVER,
  batch: 4,
  attemptsMax: 3,
};

export function offlineRun(parts: OfflineParts): RunRecord {
  const { jobs, throttle = NO_THROTTLE, framework = '', lastsS = 30 } = parts;
  const workload = parts.workload ?? arrivalsAt(0, seconds(lastsS));
  const offline = { jobs: jobs.map((job, index) => ({ name: `job-${index}`, ...JOB, ...job })), throttle, framework };
  const plan = planOf({
    variants: [{ service: deterministic(milliseconds(100)), maxBatch: 4 }],
    machines: [{ cores: 4 }],
    ...parts,
    serving: { ...parts.serving, offline },
  });
  return simulate(plan, workload);
}

export function countsOf({ serving }: RunRecord, job = 0): JobCounts {
  invariant(serving.offline !== undefined, 'a run with offline jobs');
  return serving.offline.counts(job);
}

/** When the job's first batch started and its last file ended, in seconds. */
export function spanOf({ serving }: RunRecord, job = 0): readonly [number, number] {
  invariant(serving.offline !== undefined, 'a run with offline jobs');
  const { startedNs, endedNs } = serving.offline.times(job);
  return [startedNs / 1e9, endedNs / 1e9];
}

/** The decisions about the workers of offline jobs: time in seconds, kind, machine. */
export function startsOf({ decisions }: RunRecord): readonly { atS: number; machine: number; reason: string }[] {
  return decisions.flatMap(({ atNs, decision }) =>
    decision.kind === 'worker.start' && decision.reason.startsWith('offline')
      ? [{ atS: atNs / 1e9, machine: decision.machine, reason: decision.reason }]
      : [],
  );
}
