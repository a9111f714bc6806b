/** A live run and its replay under the kernel, for the tests that compare the two. */
import type { RunRecord, Workload } from '../../core/index.ts';
import { runLive } from '../../live/world/index.ts';
import type { LiveOptions, LivePlan, LiveRunRecord } from '../../live/world/index.ts';
import { replayLog } from '../../sim/index.ts';

export async function liveAndReplayed(
  plan: LivePlan,
  workload: Workload,
  options: LiveOptions = {},
): Promise<{ readonly live: LiveRunRecord; readonly replayed: RunRecord }> {
  const live = await runLive(plan, workload, { ...options, log: true });
  if (live.log === undefined) throw new Error('the run kept no log');
  // A log is plain data: it survives a file.
  const log: typeof live.log = JSON.parse(JSON.stringify(live.log));
  return { live, replayed: replayLog(log, { serving: plan.serving, seed: plan.seed, decisionsMax: 2000 }) };
}
