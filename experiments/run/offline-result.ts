/** What a run's offline jobs came to, and what a reader must know of its rollouts. */
import type { OfflineJobResult, RunRecord } from '../../core/index.ts';
import { NANOS_PER_MILLISECOND, NANOS_PER_SECOND, NEVER, formatDuration, toSeconds } from '../../core/index.ts';

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

/** How far a rollout had come that was not over. */
const UNFINISHED = {
  waiting: 'had not begun',
  introducing: 'still waited for its workers to get ready',
  switching: 'had taken over, but requests that waited for the old version were not answered',
  retiring: 'had taken over, but workers of the old version were not gone',
} as const;

/** What a reader must know of the rollouts: which are not over, and which did not go as the config meant. */
export function rolloutNotes({ serving }: RunRecord): string[] {
  const { plan, rollouts } = serving;
  const { variants } = plan.catalogue;
  return (plan.rollouts ?? []).flatMap(({ from, to, atNs }, index) => {
    const { stage, beganNs, switchedNs, endedNs } = rollouts[index];
    const what = `the rollout of ${variants[to].name}`;
    // One that has to wait does so for a second at least.
    const late =
      beganNs === NEVER || beganNs < atNs + NANOS_PER_SECOND
        ? []
        : [`${what} was due at ${formatDuration(atNs)} and began at ${formatDuration(beganNs)}, after an earlier one`];
    if (stage === 'done') {
      const [began, switched, ended] = [beganNs, switchedNs, endedNs].map((ns) =>
        formatDuration(Math.round(ns / NANOS_PER_MILLISECOND) * NANOS_PER_MILLISECOND),
      );
      return [...late, `${what} began at ${began}, served from ${switched} and was done at ${ended}`];
    }
    if (stage === 'failed')
      return [...late, `${what} failed: no worker of it got ready in time, ${variants[from].name} served on`];
    if (stage === 'not needed')
      return [`${what} was not needed: ${variants[from].name}, which it replaces, did not serve`];
    return [...late, `${what} ${UNFINISHED[stage]} when the run ended`];
  });
}
