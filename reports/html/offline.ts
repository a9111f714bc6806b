/** What became of the offline jobs of each cell: one row for each job, means over the replications. */
import type { CellResult, ExperimentResult, OfflineJobResult } from '../../core/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { cellHead, numberCell, numberHead, textHead, wideTable } from './tables.ts';

/** Rows of the table; result.json has them all. */
const ROWS_MAX = 500;

/** The table, when some cell has offline jobs. */
export function offline({ cells }: ExperimentResult): Markup | null {
  const rows = cells.flatMap((cell) => cell.replications[0].offline.map((job) => ({ cell, job })));
  if (rows.length === 0) return null;
  const counts = ['files', 'done', 'failed', 'cancelled', 'unfinished', 'retries'];
  const head = html`<tr>
    ${textHead('cell')}${textHead('job')}${textHead('variant')}${counts.map((name) => numberHead(name))}${numberHead(
      'speed',
      'files/s',
    )}${textHead('remark')}
  </tr>`;
  const shown = rows.slice(0, ROWS_MAX);
  const body = html`<tbody>
    ${shown.map(({ cell, job }) => jobRow(cell, job))}
  </tbody>`;
  const cut = shown.length < rows.length && html` <code>result.json</code> has the rows that are not here.`;
  return html`<section id="offline">
    <h2>Offline jobs</h2>
    <p class="note">
      Means over the replications; the speed is from a job's first batch to its end, or to the end of the run.${cut}
    </p>
    ${wideTable('Offline jobs', head, body)}
  </section>`;
}

function jobRow(cell: CellResult, { name, variant, files, reason }: OfflineJobResult): Markup {
  const runs = cell.replications.flatMap((run) => run.offline.filter((job) => job.name === name));
  const mean = (figure: (job: OfflineJobResult) => number): string =>
    formatCount(Math.round(runs.reduce((sum, job) => sum + figure(job), 0) / runs.length));
  const speeds = runs.flatMap(({ filesPerS }) => filesPerS ?? []);
  const speed = speeds.length === 0 ? null : speeds.reduce((sum, value) => sum + value, 0) / speeds.length;
  return html`<tr>
    ${cellHead(cell)}
    <td>${name}</td>
    <td>${variant}</td>
    ${numberCell(formatCount(files))}${numberCell(mean(({ done }) => done))}${numberCell(mean(({ failed }) => failed))}
    ${numberCell(mean(({ cancelled }) => cancelled))}${numberCell(mean(({ unfinished }) => unfinished))}
    ${numberCell(mean(({ retries }) => retries))}${numberCell(speed === null ? null : formatNumber(speed, 2))}
    <td>${reason}</td>
  </tr>`;
}
