/** An experiment with its workload's arrivals replaced by those of a trace: what `rehearse replay` runs. */
import { NEVER, ServingError } from '../../core/index.ts';
import { describeTrace } from '../../traces/index.ts';
import type { TraceDescription, TraceOptions } from '../../traces/index.ts';
import type { ExperimentConfig } from './experiment-config.ts';

export interface ReplayConfig {
  readonly config: ExperimentConfig;
  /** What the trace is, after the options: for the user to see. */
  readonly trace: TraceDescription;
}

/** The rows keep what they ask for; what they leave open is completed from the config's queries. */
export async function withTrace(config: ExperimentConfig, file: string, options: TraceOptions): Promise<ReplayConfig> {
  const sweepsWorkload = config.grid.find(({ path }) => path.startsWith('workload.arrivals') || path === 'duration');
  if (sweepsWorkload !== undefined) {
    throw new ServingError({
      code: 'REPLAY_GRID',
      message: 'the grid sweeps what the trace replaces',
      place: `${config.file}: grid`,
      found: sweepsWorkload.path,
      expected: 'a config whose grid leaves the arrivals and the duration alone',
      next: 'remove the axis, or replay with another config',
    });
  }
  const trace = await describeTrace(file, options, config.seed);
  const durationNs = trace.lastNs + 1;
  const arrivals = { ...options, process: 'trace', file } as const;
  const points = config.points.map((point) => {
    const { scenario } = point;
    const { warmUpNs, coolDownNs } = scenario;
    if (warmUpNs + coolDownNs >= durationNs) throw tooShort(config, file, durationNs);
    return { ...point, scenario: { ...scenario, workload: { ...scenario.workload, arrivals, durationNs } } };
  });
  const resolved = {
    ...asRecord(config.resolved),
    workload: { trace: file, ...options },
    duration: `${durationNs} ns`,
  };
  const live = { ...config.live, durationNs: Math.min(config.live.durationNs, durationNs) };
  return { config: { ...config, points, resolved, live, name: `${config.name}-replay` }, trace };
}

function tooShort(config: ExperimentConfig, file: string, durationNs: number): ServingError {
  return new ServingError({
    code: 'REPLAY_TOO_SHORT',
    message: 'the trace is shorter than the warm-up and cool-down of the config',
    place: file,
    found: durationNs === NEVER ? 'an empty trace' : `${durationNs / 1e9} s`,
    expected: `more than the warm_up and cool_down of ${config.file}`,
    next: 'shorten warm_up and cool_down, or widen the window',
  });
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
