/** The figures of a report, in the order in which they are read. A figure without data is left out. */
import type { ExperimentResult } from '../../core/index.ts';
import { attainment } from './attainment.ts';
import { batchSizes } from './batch-sizes.ts';
import { costAttainment } from './cost-attainment.ts';
import type { Figure } from './figure.ts';
import { latencyCdf } from './latency-cdf.ts';
import { latencyOverTime } from './latency-over-time.ts';
import { accuracyOverTime, attainmentOverTime } from './quality-over-time.ts';
import { queueOverTime } from './queue-over-time.ts';
import { throughputOverTime } from './throughput-over-time.ts';
import { workersOverTime } from './workers-over-time.ts';

const FIGURES: readonly (readonly [id: string, draw: (result: ExperimentResult) => Figure | null])[] = [
  ['attainment', attainment],
  ['cost-attainment', costAttainment],
  ['latency-cdf', latencyCdf],
  ['attainment-over-time', attainmentOverTime],
  ['accuracy-over-time', accuracyOverTime],
  ['latency-over-time', latencyOverTime],
  ['throughput-over-time', throughputOverTime],
  ['queue-over-time', queueOverTime],
  ['workers-over-time', workersOverTime],
  ['batch-sizes', batchSizes],
];

/** Every id a figure can have. */
export const FIGURE_IDS: readonly string[] = FIGURES.map(([id]) => id);

export function figuresOf(result: ExperimentResult): Figure[] {
  return FIGURES.flatMap(([, draw]) => draw(result) ?? []);
}
