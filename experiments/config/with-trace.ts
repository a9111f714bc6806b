/** An experiment with its workload's arrivals replaced by those of a trace: what `rehearse replay` runs. */
import { dirname, relative, resolve, sep } from 'node:path';
import { ServingError, formatDuration } from '../../core/index.ts';
import { describeTrace } from '../../traces/index.ts';
import type { TraceDescription, TraceOptions } from '../../traces/index.ts';
import type { ExperimentConfig } from './experiment-config.ts';
import { snakeCase } from './schema/policies.ts';
import { isThinned, traceLengthNs } from './trace-length.ts';

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
  const durationNs = isThinned(options) ? await traceLengthNs(file, options, config.seed) : trace.lastNs + 1;
  const arrivals = { ...options, process: 'trace', file } as const;
  const points = config.points.map((point) => {
    const { scenario } = point;
    const { warmUpNs, coolDownNs } = scenario;
    if (warmUpNs + coolDownNs >= durationNs) throw tooShort(config, file, durationNs);
    return { ...point, scenario: { ...scenario, workload: { ...scenario.workload, arrivals, durationNs } } };
  });
  const name = `${config.name}-replay`;
  const before = asRecord(config.resolved);
  const resolved = {
    ...before,
    name,
    duration: formatDuration(durationNs),
    workload: { ...asRecord(before['workload']), arrivals: arrivalsText(config, file, options) },
  };
  const live = { ...config.live, durationNs: Math.min(config.live.durationNs, durationNs) };
  return { config: { ...config, points, resolved, live, name }, trace };
}

/** The arrivals as the config's file would say them; what was not given is left out. */
function arrivalsText(config: ExperimentConfig, file: string, options: TraceOptions): Record<string, unknown> {
  const path = relative(dirname(config.file), resolve(file)).split(sep).join('/');
  return { process: 'trace', file: path, ...inFileWords(options) };
}

/** Keys in snake case, times with their unit: `window: { fromNs: 1e9 }` is `window: { from: 1 s }`. */
function inFileWords(value: object): Record<string, unknown> {
  const given = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    given.map(([key, part]: [string, unknown]) => {
      if (key.endsWith('Ns')) return [snakeCase(key.slice(0, -2)), formatDuration(Number(part))];
      const isMap = typeof part === 'object' && part !== null && !Array.isArray(part);
      return [snakeCase(key), isMap ? inFileWords(part) : part];
    }),
  );
}

function tooShort(config: ExperimentConfig, file: string, durationNs: number): ServingError {
  return new ServingError({
    code: 'REPLAY_TOO_SHORT',
    message: 'the trace is shorter than the warm-up and cool-down of the config',
    place: file,
    found: formatDuration(durationNs),
    expected: `more than the warm_up and cool_down of ${config.file}`,
    next: 'shorten warm_up and cool_down, or widen the window',
  });
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
