/**
 * Many connections: all of them asking at once, and more that say nothing. Beside them a second load generator asks now
 * and then and shows what others feel, while the server tells its memory and how late its event loop is.
 */
import { monotonicNs } from '../../../backends/index.ts';
import { HttpConnection } from './http-connection.ts';
import type { Target } from './load-process.ts';
import { getRequest } from './requests.ts';
import type { Stage } from './stage.ts';

export interface ConnectionFigures {
  readonly what: 'no others' | 'active' | 'idle';
  /** Connections that there are, beside the probe's. */
  readonly connections: number;
  readonly wanted: number;
  /** Of the server's process, and of all its engines. */
  readonly serverMb: number;
  readonly enginesMb: number;
  /** From the server's own metrics, over the last ten seconds. */
  readonly loopDelayMedianMs: number;
  readonly loopDelayP99Ms: number;
  /** Round trips of the probe: whether the server lives, and a query. */
  readonly health: ProbeFigures;
  readonly query: ProbeFigures;
  /** Answers to the active connections. */
  readonly answersPerSecond: number;
}

export interface ProbeFigures {
  readonly medianMs: number;
  readonly worstMs: number;
}

export interface ConnectionsOptions {
  readonly active: number;
  readonly idle: number;
  /** How long each state is held; above 20 s a whole window of the server's metrics lies in it. */
  readonly holdMs: number;
}

/** Few enough that a query which waits behind those of a thousand connections ends before the next one is due. */
const PROBE_RPS = 5;
const BYTES_PER_MB = 1e6;

export async function connectionsBenchmark(stage: Stage, options: ConnectionsOptions): Promise<ConnectionFigures[]> {
  const { active, idle, holdMs } = options;
  const { scene, addresses, load } = stage;
  const target: Target = { speech: 'binary', model: scene.small, address: addresses['http'] };
  const none = await held(stage, { what: 'no others', connections: 0, wanted: 0 }, holdMs);
  // Longer than it is watched: the probe shall not see its beginning or its end.
  const durationMs = holdMs + 4000;
  const saturating = load.call('saturate', { target, connections: active, durationMs, warmUpMs: 2000 });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const busy = await held(stage, { what: 'active', connections: active, wanted: active }, holdMs);
  const { answersPerSecond } = await saturating;
  const opened = await load.call('idle', { address: addresses['http'], connections: idle });
  const silent = await held(stage, { what: 'idle', connections: opened, wanted: idle }, holdMs);
  await load.call('closeIdle', undefined);
  return [none, { ...busy, answersPerSecond }, silent];
}

async function held(
  { scene, addresses, server, probe }: Stage,
  what: Pick<ConnectionFigures, 'what' | 'connections' | 'wanted'>,
  holdMs: number,
): Promise<ConnectionFigures> {
  const target = (speech: 'health' | 'binary'): Target => ({ speech, model: scene.small, address: addresses['http'] });
  const runs = Math.ceil((holdMs / 1000) * (PROBE_RPS / 2));
  const probed = (speech: 'health' | 'binary'): Promise<Float64Array> =>
    probe.call('series', {
      target: target(speech),
      series: { runs, periodNs: 1e9 / PROBE_RPS, startNs: monotonicNs() },
    });
  const health = await probed('health');
  const query = await probed('binary');
  const { residentBytes, engineResidentBytes } = await server.call('usage', undefined);
  const delay = await loopDelay(addresses['http']);
  return {
    ...what,
    serverMb: residentBytes / BYTES_PER_MB,
    enginesMb: engineResidentBytes / BYTES_PER_MB,
    loopDelayMedianMs: delay('0.5'),
    loopDelayP99Ms: delay('0.99'),
    health: probeFigures(health),
    query: probeFigures(query),
    answersPerSecond: 0,
  };
}

async function loopDelay(address: string): Promise<(quantile: string) => number> {
  const connection = await HttpConnection.open(Number(new URL(address).port));
  const page = await connection.exchange(getRequest('/metrics'));
  connection.close();
  return (quantile) => {
    const seconds = new RegExp(`^rehearse_event_loop_delay_seconds\\{quantile="${quantile}"\\} (.*)$`, 'm').exec(
      page,
    )?.[1];
    if (seconds === undefined) throw new Error('the metrics do not tell the delay of the event loop');
    return Number(seconds) * 1000;
  };
}

function probeFigures(tookUs: Float64Array): ProbeFigures {
  const sorted = tookUs.toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] / 1000;
  return { medianMs: at(0.5), worstMs: at(1) };
}
