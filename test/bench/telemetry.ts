/**
 * `npm run bench -- telemetry`: what watching costs a request: metrics alone, with a line in the log, with a trace, and
 * the dashboard's history, beside nothing at all. Processor time of the whole process, so that work in the background
 * counts too; a collector that is not there takes the traces.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { openDashboard } from '../../live/dashboard/index.ts';
import type { BatchEnd } from '../../live/service/index.ts';
import { startTelemetry } from '../../live/telemetry/index.ts';
import type { TelemetryOptions } from '../../live/telemetry/index.ts';
import { DETAIL, OPTIONS, QUERY_END, watchedRequest } from '../live/telemetry/fixtures.ts';
import { StagedService, variantState } from '../live/dashboard/staged-service.ts';

export interface TelemetryFigure {
  readonly name: string;
  /** Processor time of one request, in microseconds. */
  readonly perRequestUs: number;
}

/** Requests of one batch. */
const BATCH = 4;
/** Requests between two turns of the event loop, as a busy server has them. */
const TURN = 50;

const BATCH_END: BatchEnd = {
  variant: 'squeezenet',
  version: '1',
  worker: 'squeezenet#0',
  inputs: 8,
  requests: BATCH,
  ok: true,
  preprocessNs: 1e6,
  inferNs: 6e6,
  postprocessNs: 1e6,
};

export async function telemetryBenchmark(requests: number): Promise<TelemetryFigure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-bench-'));
  const logs = { level: 'info', destination: join(folder, 'service.log'), requests: true } as const;
  // The discard port: refused at once.
  const otlp = { endpoint: 'http://127.0.0.1:9', sampleRatio: 1, metricsPeriodMs: 60_000 };
  try {
    return [
      await measured('metrics', requests, OPTIONS),
      await measured('metrics and a line in the log', requests, { ...OPTIONS, logs }),
      await measured('metrics and a trace with its parts', requests, { ...OPTIONS, otlp }),
      await measured('metrics, one request in a hundred traced', requests, {
        ...OPTIONS,
        otlp: { ...otlp, sampleRatio: 0.01 },
      }),
      await measuredDashboard(requests),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measured(name: string, requests: number, options: TelemetryOptions): Promise<TelemetryFigure> {
  const service = new StagedService({ variants: [variantState('squeezenet')] });
  const priceUsdPerHour = (): undefined => undefined;
  const telemetry = await startTelemetry(options, {
    service,
    version: '0',
    priceUsdPerHour,
    connections: () => [],
    environment: {},
  });
  const request = (i: number): void => {
    const end = telemetry.watch.began(watchedRequest());
    service.tell(QUERY_END);
    if (i % BATCH === 0) service.notify((observer) => observer.batchEnded?.(BATCH_END));
    end(200, DETAIL);
  };
  const perRequestUs = await processorUs(requests, request);
  await telemetry.close();
  return { name, perRequestUs };
}

async function measuredDashboard(requests: number): Promise<TelemetryFigure> {
  const service = new StagedService({ variants: [variantState('squeezenet')] });
  const dashboard = openDashboard({ pagesMost: 1, historyS: 900 }, { service, version: '0' });
  const perRequestUs = await processorUs(requests, (i) => {
    service.tell(QUERY_END);
    if (i % BATCH === 0) service.notify((observer) => observer.batchEnded?.(BATCH_END));
  });
  dashboard.close();
  return { name: 'the dashboard’s history', perRequestUs };
}

async function processorUs(requests: number, request: (i: number) => void): Promise<number> {
  await turns(requests / 4, request);
  const before = cpuUsage();
  await turns(requests, request);
  const { user, system } = cpuUsage(before);
  return (user + system) / requests;
}

async function turns(requests: number, request: (i: number) => void): Promise<void> {
  for (let i = 0; i < requests; i += 1) {
    request(i);
    if (i % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
