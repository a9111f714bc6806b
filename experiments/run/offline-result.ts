/** What a run's offline jobs came to, and what a reader must know of its rollouts. */
import type { OfflineJobResult, RunRecord } from '../../core/index.ts';
import { NEVER, toSeconds } from '../../core/index.ts';

/** One entry for each job, in the order of the config. */
export function offlineResults({ serving, endNs }: RunRecord): readonly OfflineJobResult[] {
  const { offline, plan } = serving;
  if (offline === undefined) return [];
  return offline.jobs.map(({ name }, job) => {
    const { total, waiting, running, done, failed, cancelled } = offline.counts(job);
    const { startedNs, endedNs } = offline.times(job);
    const variant = offline.variant(job);
    const spentNs = Math.min(endedNs, endNs) - startedNs;
    return {
      name,
      variant: variant === null ? null : plan.catalogue.variants[variant].name,
      files: total,
      done,
      failed,
      cancelled,
      unfinished: waiting + running,
      retries: offline.attempts(job).retries,
      startedS: startedNs === NEVER ? null : toSeconds(startedNs),
      endedS: endedNs === NEVER ? null : toSeconds(endedNs),
      filesPerS: startedNs === NEVER || spentNs <= 0 ? null : done / toSeconds(spentNs),
      reason: offline.reason(job),
    };
  });
}

/** Files done per second of the whole run; null in a run without offline jobs. */
export function offlineFilesPerS(record: RunRecord): number | null {
  const results = offlineResults(record);
  if (results.length === 0 || record.endNs === 0) return null;
  return results.reduce((sum, { done }) => sum + done, 0) / toSeconds(record.endNs);
}

/** A rollout that is not over when the run is: what was measured is not what the config meant. */
export function rolloutNotes({ serving }: RunRecord): string[] {
  const { plan, rollouts } = serving;
  return rollouts.flatMap(({ stage }, index) => {
    if (stage === 'done') return [];
    const { from, to } = (plan.rollouts ?? [])[index];
    const { variants } = plan.catalogue;
    const what = `the rollout of ${variants[to].name}`;
    if (stage === 'failed')
      return [`${what} failed: no worker of it got ready in time, ${variants[from].name} served on`];
    return [`${what} was ${stage} when the run ended`];
  });
}
