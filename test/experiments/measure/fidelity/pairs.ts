// Runs and cells of a comparison with only what a test is about filled in.
import type {
  EnvironmentResult,
  FidelityComparison,
  FidelityQuantityName,
  FidelityResult,
  MetricName,
  Metrics,
  ReplicationResult,
} from '../../../../core/index.ts';
import { DEFAULT_BAR, fidelityOf } from '../../../../experiments/index.ts';
import type { FidelityCellInput } from '../../../../experiments/index.ts';
import { replicationOf } from '../../compare/results.ts';

export const ENVIRONMENT: EnvironmentResult = {
  rehearse: '0.1.0',
  node: 'v20.20.2',
  v8: '11.3',
  platform: 'linux x64',
  cpu: 'a processor',
  cores: 2,
  startedAt: '2026-02-11T09:30:00.000Z',
  wallS: 1,
};

const LATE = {
  code: 'RUN_GENERATOR_LATE',
  message: '1 % of the requests were issued 14 ms or more too late',
  advice: 'lower the rate',
};

/** Runs that answered 2,000 requests each, one for each set of metrics. */
export function runsOf(all: readonly Partial<Metrics>[], answered = 2000): ReplicationResult[] {
  return all.map((metrics, replication) => replicationOf(replication, { metrics, outcomes: { served: answered } }));
}

/** The run, made invalid as by a load generator that fell behind. */
export function late(run: ReplicationResult): ReplicationResult {
  return { ...run, verdict: { valid: false, problems: [LATE], notes: [] } };
}

/** A cell with one value of a metric in each run. */
export function cellWith(
  metric: MetricName,
  values: { readonly simulated: readonly number[]; readonly live: readonly number[] },
  more: Partial<FidelityCellInput> = {},
): FidelityCellInput {
  const runs = (side: readonly number[]) => runsOf(side.map((value) => ({ [metric]: value })));
  return { label: 'a cell', group: 'a group', simulated: runs(values.simulated), live: runs(values.live), ...more };
}

export function compared(cells: readonly FidelityCellInput[], bar = DEFAULT_BAR, pairsMin?: number): FidelityResult {
  const frame = {
    confidence: 0.95,
    name: 'a comparison',
    environment: ENVIRONMENT,
    command: 'npx rehearse',
    notes: [],
  };
  return fidelityOf(cells, { ...frame, bar, pairsMin });
}

/** What is said of a quantity in the first cell. */
export function saidOf(quantity: FidelityQuantityName, cell: FidelityCellInput): FidelityComparison {
  const found = compared([cell]).cells[0].comparisons.find((each) => each.quantity === quantity);
  if (found === undefined) throw new RangeError(`nothing is said of ${quantity}`);
  return found;
}
