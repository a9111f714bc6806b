/** Runs a workload live and hands over the record: the live counterpart of a simulation. */
import type { RunRecord, Workload } from '../../core/index.ts';
import { milliseconds, toMilliseconds } from '../../core/index.ts';
import type { LiveBackendFactory } from './live-backend.ts';
import type { LivePlan } from './live-plan.ts';
import type { LiveRunRecord } from './live-record.ts';
import { LiveWorld } from './live-world.ts';
import { onnxWorkers } from './onnx-workers.ts';

/** Arrivals this late at the 99th percentile mean that the generator, not the service, made requests wait. */
const ISSUE_DELAY_P99_MAX_NS = milliseconds(10);
const DECISIONS_MAX = 2000;
/** About 200 MB of plain objects. */
const LOG_MAX = 1_000_000;

export interface LiveOptions {
  /** Ends the run early; what was finished is kept. */
  readonly signal?: AbortSignal | undefined;
  /** Whether to keep the log that a replay needs. Default: false. */
  readonly log?: boolean | undefined;
  /** What executes the work. Default: ONNX engines. */
  readonly backend?: LiveBackendFactory | undefined;
  /** Control decisions kept; more are counted. Default: 2,000. */
  readonly decisionsMax?: number | undefined;
  /** Names of what the experiment has and a live run does not apply, such as `faults`; they become a note. */
  readonly notApplied?: readonly string[] | undefined;
}

/**
 * Loads the initial workers, then issues the workload's arrivals at their scheduled times (open loop; a closed-loop
 * workload issues the next when it is told of an answer). Ends `drained` when the workload is exhausted and nothing is
 * open, `drain-limit` when that takes too long, `interrupted` when the signal fires. The caller closes the workload.
 *
 * Latencies count from scheduled times: what arrivals were issued late is part of them and stands in `issueDelay`.
 *
 * @throws ServingError LIVE_LOAD_FAILED when an initial worker cannot be loaded, LIVE_INPUT_UNKNOWN, BUILD_MISSING, and
 * what the policies and the placement of the initial workers throw. No process is left behind in any case.
 */
export async function runLive(plan: LivePlan, workload: Workload, options: LiveOptions = {}): Promise<LiveRunRecord> {
  const { signal, log = false, decisionsMax = DECISIONS_MAX, notApplied = [] } = options;
  const backend = options.backend ?? onnxWorkers({ payload: plan.payload, threads: plan.threads });
  const logMax = log ? LOG_MAX : 0;
  const world = new LiveWorld({ plan, workload, backend, decisionsMax, logMax, endsByItself: true });
  const interrupt = (): void => world.end('interrupted');
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    if (signal?.aborted === true) interrupt();
    const record = await world.run();
    return { ...record, notes: [...notesOf(record, notApplied), ...record.notes] };
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

function notesOf({ issueDelay, log }: LiveRunRecord, notApplied: readonly string[]): RunRecord['notes'] {
  const notes: string[] = [];
  if (notApplied.length > 0) notes.push(`not applied in a live run: ${notApplied.join(', ')}`);
  if (issueDelay.p99Ns > ISSUE_DELAY_P99_MAX_NS) {
    const [p99, most] = [issueDelay.p99Ns, issueDelay.maxNs].map((ns) => toMilliseconds(ns).toFixed(1));
    notes.push(
      `the load generator fell behind: 1 % of the requests were issued ${p99} ms or more after their scheduled time, ` +
        `at most ${most} ms; lower the rate or leave this process a core`,
    );
  }
  if (log?.complete === false) notes.push(`the log holds the first ${LOG_MAX.toLocaleString('en-US')} events only`);
  return notes;
}
