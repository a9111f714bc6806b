/** What became of the offline work, for a terminal: a line for each cell, '' where there is none. */
import type { CellResult, ExperimentResult } from '../core/index.ts';
import { formatCount, formatNumber } from './format.ts';
import { gridPoints } from './grid.ts';

/** Lines of a terminal that the summary may use. */
const CELLS_MAX = 12;

export function offlineLines(result: ExperimentResult): string {
  const cells = gridPoints(result.cells)
    .flatMap((point) => point.cells)
    .filter(({ replications }) => replications[0].offline.length > 0);
  if (cells.length === 0) return '';
  const lines = cells.slice(0, CELLS_MAX).map(cellLine);
  const more = cells.length > CELLS_MAX ? [`and ${cells.length - CELLS_MAX} more cells`] : [];
  return `${[...lines, ...more].join('\n')}\n`;
}

function cellLine({ label, replications, metrics }: CellResult): string {
  const jobs = replications.flatMap((run) => run.offline);
  const mean = (counts: readonly number[]): string =>
    formatCount(Math.round(counts.reduce((sum, count) => sum + count, 0) / replications.length));
  const parts = [`${mean(jobs.map(({ done }) => done))} of ${mean(jobs.map(({ files }) => files))} files done`];
  for (const name of ['failed', 'cancelled', 'unfinished'] as const) {
    const count = mean(jobs.map((job) => job[name]));
    if (count !== '0') parts.push(`${count} ${name}`);
  }
  const speed = metrics.offline_files_per_s.mean;
  if (speed !== null) parts.push(`${formatNumber(speed, 2)} files/s`);
  return `offline work, ${label}: ${parts.join(', ')}`;
}
