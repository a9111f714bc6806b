/** The run of a scenario that a matrix wants: its service, under arrivals and for a length of the matrix's choosing. */
import type { Nanos } from '../../../core/index.ts';
import { NEVER } from '../../../core/index.ts';
import type { ArrivalSpec } from '../../../traces/index.ts';
import type { ExperimentConfig, ScenarioConfig } from '../../config/experiment-config.ts';
import { cellsOf } from '../../plan/tasks.ts';
import type { ReplicationTask } from '../../plan/tasks.ts';
import type { MatrixArrivals } from './matrix-config.ts';

export interface MatrixRun {
  readonly arrivals: ArrivalSpec;
  readonly durationNs: Nanos;
  readonly warmUpNs: Nanos;
  /** Root of the run's streams; the same for a live run and its simulation. */
  readonly seed: string;
  readonly round: number;
  readonly variants: ScenarioConfig['variants'];
  readonly calibration: ScenarioConfig['calibration'];
}

/** A run keeps every row: batches are put together from them. */
const ROWS_MAX = 1_000_000;

export function matrixTask({ points, ...config }: ExperimentConfig, run: MatrixRun): ReplicationTask {
  const [point] = points;
  const { arrivals, durationNs, warmUpNs, variants, calibration } = run;
  const workload = { ...point.scenario.workload, arrivals, durationNs };
  return {
    cell: cellsOf({ ...config, points })[0],
    replication: run.round,
    seed: run.seed,
    scenario: { ...point.scenario, workload, warmUpNs, coolDownNs: 0, variants, calibration },
    trace: null,
    single: false,
    rowsMax: ROWS_MAX,
    rowsFile: '',
    timelineMax: 0,
  };
}

/** The arrivals at a mean rate. */
export function arrivalsAt(arrivals: MatrixArrivals, rateRps: number): ArrivalSpec {
  if (arrivals.kind === 'poisson') return { process: 'poisson', rateRps };
  const { height, everyNs, lastsNs } = arrivals;
  const baseRps = (rateRps * (everyNs - height * lastsNs)) / (everyNs - lastsNs);
  return { process: 'spikes', baseRps, spikeRps: rateRps * height, everyNs, lastsNs, firstAtNs: everyNs - lastsNs };
}

/** As many clients as keep every worker's next batch waiting, who ask again at once. */
export function saturatingArrivals({ points }: ExperimentConfig): ArrivalSpec {
  const { workers, machines, machineTypes, variants, limits } = points[0].scenario;
  // Where a scaler may start more workers than there are at the start.
  const coresOf = new Map(machineTypes.map(({ name, cores }) => [name, cores]));
  const cores = machines.reduce((sum, { type, max }) => sum + max * (coresOf.get(type) ?? 0), 0);
  const started = workers.reduce((sum, { count }) => sum + count, 0);
  const batch = Math.max(...variants.map(({ maxBatch }) => maxBatch));
  const clients = Math.min(
    limits.holdMax === NEVER ? CLIENTS_MAX : limits.holdMax,
    CLIENTS_MAX,
    3 * batch * Math.max(started, cores),
  );
  return { process: 'closed-loop', clients, thinkNs: 0, think: 'fixed' };
}

const CLIENTS_MAX = 256;
