/** Offline jobs in what people read: a section of the page and a line in the terminal, nothing where there are none. */
import { describe, expect, test } from 'vitest';
import type { ExperimentResult, OfflineJobResult } from '../../core/index.ts';
import { offline } from '../../reports/html/offline.ts';
import { offlineLines } from '../../reports/offline-lines.ts';
import { experimentResult, interval } from './fixture.ts';

const JOB: OfflineJobResult = {
  name: 'pile',
  variant: 'echo',
  files: 1200,
  done: 1000,
  failed: 4,
  cancelled: 0,
  unfinished: 196,
  retries: 2,
  startedS: 1,
  endedS: null,
  filesPerS: 12.5,
  reason: '',
};

/** A result whose cells have these jobs in every replication. */
function withJobs(...jobs: readonly OfflineJobResult[]): ExperimentResult {
  const result = experimentResult();
  const cells = result.cells.map((cell) => ({
    ...cell,
    metrics: { ...cell.metrics, offline_files_per_s: interval([10, 10.5]) },
    replications: cell.replications.map((run) => ({ ...run, offline: jobs })),
  }));
  return { ...result, cells };
}

describe('without offline jobs', () => {
  test('there is no section and no line', () => {
    expect([offline(experimentResult()), offlineLines(experimentResult())]).toEqual([null, '']);
  });
});

describe('the section on offline jobs', () => {
  test('has a row for each job of each cell', () => {
    const result = withJobs(JOB, { ...JOB, name: 'other' });
    const { text } = offline(result) ?? { text: '' };
    expect(text.match(/<td>pile<\/td>/g)).toHaveLength(result.cells.length);
    expect(text.match(/<td>other<\/td>/g)).toHaveLength(result.cells.length);
    expect(text).toContain('12.50');
  });

  test('escapes what comes from a config', () => {
    const { text } = offline(withJobs({ ...JOB, name: '<b>', variant: null, reason: 'a & b' })) ?? { text: '' };
    expect(text).toContain('&lt;b&gt;');
    expect(text).toContain('a &amp; b');
    expect(text).not.toContain('<b>');
  });
});

describe('the line on offline work', () => {
  test('says what was done of each cell, and leaves out what is zero', () => {
    const result = withJobs(JOB);
    const lines = offlineLines(result).trimEnd().split('\n');
    expect(lines).toHaveLength(Math.min(12, result.cells.length));
    expect(lines[0]).toBe(
      `offline work, ${result.cells[0].label}: 1,000 of 1,200 files done, 4 failed, 196 unfinished, 10.25 files/s`,
    );
  });
});
