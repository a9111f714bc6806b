/** Entry of a load generator: requests one at a time, as many connections as are wanted at full speed, or idle ones. */
import { monotonicNs } from '../../../backends/index.ts';
import { GrpcConnection } from './grpc-connection.ts';
import { HttpConnection } from './http-connection.ts';
import { timed } from './pacing.ts';
import type { Series } from './pacing.ts';
import { binaryRequest, getRequest, grpcRequest, jsonRequest } from './requests.ts';
import type { SceneModel } from './scene.ts';
import { answerCalls } from './tool.ts';

/** How a query is spoken; `health` asks whether the server lives, and no model. */
export type Speech = 'binary' | 'json' | 'grpc' | 'health';

export interface Target {
  readonly speech: Speech;
  readonly model: SceneModel;
  /** Host and port of the listener that speaks it. */
  readonly address: string;
}

export interface Saturation {
  readonly target: Target;
  /** Each with one request under way all the time. */
  readonly connections: number;
  readonly durationMs: number;
  /** Of the duration, not counted. */
  readonly warmUpMs: number;
}

export interface SaturationFigures {
  readonly answersPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** Calls of a load generator's process. */
export type LoadCalls = {
  readonly series: { readonly takes: { target: Target; series: Series }; readonly gives: Float64Array };
  readonly saturate: { readonly takes: Saturation; readonly gives: SaturationFigures };
  /** Opens connections that say nothing; gives how many it has. */
  readonly idle: { readonly takes: { address: string; connections: number }; readonly gives: number };
  readonly closeIdle: { readonly takes: undefined; readonly gives: undefined };
};

interface Line {
  readonly send: () => Promise<unknown>;
  readonly close: () => void;
}

/** Connections opened at once: more would overrun the listener's backlog. */
const OPENED_AT_ONCE = 100;
const lines = new Map<string, Promise<Line>>();
const silent: HttpConnection[] = [];

answerCalls<LoadCalls>({
  series: async ({ target, series }) => {
    const key = `${target.speech} ${target.model.name} ${target.address}`;
    let opening = lines.get(key);
    if (opening === undefined) lines.set(key, (opening = openLine(target)));
    const { send } = await opening;
    return timed(series, send);
  },
  saturate,
  idle: async ({ address, connections }) => {
    while (silent.length < connections) {
      const missing = Math.min(OPENED_AT_ONCE, connections - silent.length);
      const opened = await Promise.allSettled(
        Array.from({ length: missing }, () => HttpConnection.open(portOf(address))),
      );
      const good = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      silent.push(...good);
      if (good.length < missing) break;
    }
    return silent.length;
  },
  closeIdle: () => {
    for (const connection of silent.splice(0)) connection.close();
    return undefined;
  },
});

async function saturate({ target, connections, durationMs, warmUpMs }: Saturation): Promise<SaturationFigures> {
  const open: Line[] = [];
  while (open.length < connections) {
    const missing = Math.min(OPENED_AT_ONCE, connections - open.length);
    open.push(...(await Promise.all(Array.from({ length: missing }, () => openLine(target)))));
  }
  const countFromNs = monotonicNs() + warmUpMs * 1e6;
  const untilNs = countFromNs + (durationMs - warmUpMs) * 1e6;
  const tookMs: number[] = [];
  const keepAsking = async ({ send }: Line): Promise<void> => {
    for (let beganNs = monotonicNs(); beganNs < untilNs;) {
      await send();
      const endedNs = monotonicNs();
      if (endedNs >= countFromNs && endedNs < untilNs) tookMs.push((endedNs - beganNs) / 1e6);
      beganNs = endedNs;
    }
  };
  await Promise.all(open.map(keepAsking));
  for (const { close } of open) close();
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { answersPerSecond: (sorted.length / (durationMs - warmUpMs)) * 1000, medianMs: at(0.5), p99Ms: at(0.99) };
}

async function openLine({ speech, model, address }: Target): Promise<Line> {
  if (speech === 'grpc') {
    const connection = new GrpcConnection(address);
    const request = grpcRequest(model);
    return { send: () => connection.exchange(request), close: () => connection.close() };
  }
  const connection = await HttpConnection.open(portOf(address));
  const request =
    speech === 'health' ? getRequest('/v2/health/live') : speech === 'json' ? jsonRequest(model) : binaryRequest(model);
  return { send: () => connection.exchange(request), close: () => connection.close() };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
