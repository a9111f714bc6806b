/** The tables that other tools read: every sample, the summary of every part, and a comparison row by row. */
import { stringify } from 'csv-stringify/sync';
import { TIMINGS_PARTS, TIMINGS_PHASES } from '../../core/index.ts';
import type { TimingsCell, TimingsComparison, TimingsEstimate, TimingsResult } from '../../core/index.ts';

/**
 * `timings.csv`: one row for each process or request and part. `unit` is the process or the turn; requests of one
 * `batch` of a unit share their time to the engine and in it.
 */
export function samplesCsv({ cells }: TimingsResult): string {
  const head = [...CELL_COLUMNS, 'phase', 'unit', 'sample', 'batch', 'batch_inputs', 'part', 'sample_of', 'time_ms'];
  const rows = cells.flatMap((cell) =>
    TIMINGS_PHASES.flatMap((name) => {
      const samples = cell[name]?.samples;
      if (samples === undefined) return [];
      const { unit, batch, batchInputs, partsMs } = samples;
      return unit.flatMap((each, at) =>
        TIMINGS_PARTS[name].map((info) => [
          ...cellColumns(cell),
          name,
          each,
          at,
          batch[at],
          batchInputs[at],
          info.name,
          info.sampleOf,
          partsMs[info.name][at],
        ]),
      );
    }),
  );
  return stringify([head, ...rows]);
}

/** `summary.csv`: one row for each cell, part and statistic; what the sample is too small for is empty. */
export function summaryCsv({ cells, verdict, rules }: TimingsResult): string {
  const head = [...CELL_COLUMNS, 'phase', 'part', 'statistic', 'time_ms', 'low_ms', 'high_ms'];
  const rows = cells.flatMap((cell) =>
    TIMINGS_PHASES.flatMap((name) =>
      (cell[name]?.parts ?? []).flatMap((part) => {
        const row = (statistic: string, found: TimingsEstimate | null, needed: number): unknown[] => [
          ...cellColumns(cell),
          name,
          part.part,
          statistic,
          found?.valueMs,
          found?.lowMs,
          found?.highMs,
          part.samples,
          needed,
          rules.confidence,
          String(verdict.valid),
        ];
        const bare = (valueMs: number): TimingsEstimate => ({ valueMs, lowMs: null, highMs: null });
        return [
          row('mean', part.mean, 1),
          row('min', bare(part.minMs), 1),
          ...part.percentiles.map(({ percent, estimate, needed }) => row(`p${percent}`, estimate, needed)),
          row('max', bare(part.maxMs), 1),
        ];
      }),
    ),
  );
  return stringify([[...head, 'samples', 'samples_needed', 'confidence', 'valid'], ...rows]);
}

export function comparisonCsv({ rows, confidence }: TimingsComparison): string {
  const head = ['model_and_setting', 'phase', 'part', 'samples_a', 'samples_b', 'median_a_ms', 'median_b_ms'];
  const lines = rows.map((row) => [
    row.label,
    row.phase,
    row.part,
    row.samplesA,
    row.samplesB,
    row.medianAMs,
    row.medianBMs,
    row.ratio,
    row.low,
    row.high,
    confidence,
    row.verdict,
  ]);
  return stringify([[...head, 'ratio', 'low', 'high', 'confidence', 'verdict'], ...lines]);
}

const CELL_COLUMNS = ['cell', 'model', 'precision', 'hardware', 'threads'];

function cellColumns({ cell, model, precision, hardware, threads }: TimingsCell): (string | number)[] {
  return [cell, model, precision, hardware, threads];
}
