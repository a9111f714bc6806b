/** The figures of a report, in the order in which they are read. A figure without data is left out. */
import type { ExperimentResult } from '../../core/index.ts';
import { attainment } from './attainment.ts';
import { batchSizes } from './batch-sizes.ts';
import { costAttainment } from './cost-attainment.ts';
import type { Figure } from './figure.ts';
import { latencyCdf } from './latency-cdf.ts';
import { latencyOverTime } from './latency-over-time.ts';
import { queueOverTime } from './queue-over-time.ts';
import { throughputOverTime } from './throughput-over-time.ts';
import { workersOverTime } from './workers-over-time.ts';

const FIGURES: readonly ((result: ExperimentResult) => Figure | null)[] = [
  attainment,
  costAttainment,
  latencyCdf,
  latencyOverTime,
  throughputOverTime,
  queueOverTime,
  workersOverTime,
  batchSizes,
];

export function figuresOf(result: ExperimentResult): Figure[] {
  return FIGURES.flatMap((figure) => figure(result) ?? []);
}
