/** `--require-objectives`: for whoever runs an experiment as a test, a missed objective is a failure. */
import type { ExperimentResult } from '../core/index.ts';
import { ServingError } from '../core/index.ts';
import type { ExperimentConfig } from '../experiments/index.ts';
import { missedInWords } from '../reports/index.ts';

/** @throws ServingError when none of the configs sets objectives: nothing could be missed, whatever the results. */
export function needObjectives(configs: readonly ExperimentConfig[]): void {
  if (configs.some(({ points }) => points.some(({ objectives }) => objectives.length > 0))) return;
  throw new ServingError({
    code: 'CONFIG_NO_OBJECTIVES',
    place: configs.map(({ file }) => file).join(', '),
    message: '--require-objectives has nothing to require',
    found: 'no objectives',
    expected: 'a section such as objectives: { attainment: 99 %, budget: 0.5 USD }',
  });
}

/** A line for each cell that misses some. */
export function missedObjectives({ cells }: ExperimentResult): string[] {
  return cells.flatMap((cell) => {
    const missed = missedInWords(cell);
    return missed === '' ? [] : [`objectives missed: ${missed}`];
  });
}
