/** Offline jobs for people: a table of many, the lines of one. */
import type { JobDetail, JobView } from '../../live/offline/index.ts';
import { textTable } from '../text-table.ts';

export function jobsText(jobs: readonly JobView[]): string {
  if (jobs.length === 0) return 'no offline jobs\n';
  return textTable(
    jobs.map((job) => ({
      job: job.id,
      application: job.application,
      model: modelOf(job),
      state: job.state,
      files: job.files.total,
      done: job.files.done,
      failed: job.files.failed,
      cancelled: job.files.cancelled,
      created: timeOf(job.createdMs),
    })),
  );
}

export function jobText(job: JobDetail): string {
  const { total, waiting, done, failed, cancelled } = job.files;
  const lines = [
    ['job', `${job.id} of ${job.application}, ${job.state}`],
    ['model', modelOf(job)],
    ['input', job.input],
    ['output', job.output],
    ['files', `${total}: ${done} done, ${failed} failed, ${cancelled} cancelled, ${waiting} waiting`],
    ['created', timeOf(job.createdMs)],
    ['started', timeOf(job.startedMs)],
    ['ended', timeOf(job.endedMs)],
    ['reason', job.reason ?? ''],
  ].filter(([, text]) => text !== '');
  const failures = job.failures.map(({ file, attempts, reason }) => ({ file: shown(file), attempts, reason }));
  const more = failed - failures.length;
  return [
    lines.map(([name, text]) => `${name.padEnd(8)} ${text}\n`).join(''),
    ...(failures.length === 0 ? [] : ['\n', textTable(failures)]),
    ...(more > 0 ? [`and ${more} more\n`] : []),
  ].join('');
}

function modelOf({ architecture, variant }: JobView): string {
  return architecture ?? variant ?? '';
}

function timeOf(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** A file's name may hold anything; a terminal obeys control characters. */
function shown(file: string): string {
  return /\p{Cc}/u.test(file) ? JSON.stringify(file) : file;
}
