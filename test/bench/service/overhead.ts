/**
 * What the service adds to a run at low load: the round trip of one query over one connection, less a bare run of the
 * same batch. Round trips and bare runs take turns at the same pace, because an idle gap slows either down: caches cool
 * and cores sleep.
 */
import { monotonicNs } from '../../../backends/index.ts';
import type { Speech } from './load-process.ts';
import type { SceneModel } from './scene.ts';
import type { Stage } from './stage.ts';

export interface OverheadFigures {
  readonly model: string;
  /** Bytes of the input as float32; 0 for a request without one. */
  readonly inputBytes: number;
  readonly speech: Speech;
  /** Queries a second; undefined for back to back. */
  readonly paceRps: number | undefined;
  readonly runs: number;
  readonly bareMedianUs: number;
  readonly roundTripMedianUs: number;
  /** Of the differences between a round trip and the bare run beside it. */
  readonly addedMedianUs: number;
  readonly addedP99Us: number;
}

interface Overhead {
  readonly model: SceneModel;
  readonly speech: Speech;
  readonly paceRps: number | undefined;
  readonly runs: number;
}

/** Runs of one side before it is the other's turn, back to back. */
const TURN = 100;
const SECOND_NS = 1e9;
/** For the processes to hear of a start that lies ahead. */
const LEAD_NS = 100_000_000;

/** @param runs of each kind, at least 1; those that are paced are fewer. */
export async function overheadBenchmark(stage: Stage, runs: number): Promise<OverheadFigures[]> {
  const { small, large } = stage.scene;
  const paced = Math.ceil(runs / 4);
  // What a request takes that asks for no model at all: the way there and back.
  const health = [undefined, 50].map((paceRps): Overhead => ({ model: small, speech: 'health', paceRps, runs: paced }));
  const queries = [small, large].flatMap((model): Overhead[] => [
    { model, speech: 'binary', paceRps: undefined, runs },
    { model, speech: 'binary', paceRps: 50, runs: paced },
    { model, speech: 'binary', paceRps: 20, runs: paced },
    { model, speech: 'grpc', paceRps: undefined, runs: paced },
    { model, speech: 'grpc', paceRps: 50, runs: paced },
    { model, speech: 'json', paceRps: undefined, runs: paced },
  ]);
  const figures: OverheadFigures[] = [];
  for (const kind of [...health, ...queries]) figures.push(await overheadOf(stage, kind));
  return figures;
}

async function overheadOf(stage: Stage, { model, speech, paceRps, runs }: Overhead): Promise<OverheadFigures> {
  const address = stage.addresses[speech === 'grpc' ? 'grpc' : 'http'];
  const target = { speech, model, address };
  const roundTrips = (some: number, periodNs = 0, startNs = 0): Promise<Float64Array> =>
    stage.load.call('series', { target, series: { runs: some, periodNs, startNs } });
  const bareRuns = (some: number, periodNs = 0, startNs = 0): Promise<Float64Array> =>
    stage.bare.call('series', { model, series: { runs: some, periodNs, startNs } });

  // Code is compiled while it runs, the better the more often it ran.
  await roundTrips(runs);
  await bareRuns(runs);
  const withService: number[] = [];
  const bare: number[] = [];
  if (paceRps === undefined) {
    while (bare.length < runs) {
      const turn = Math.min(TURN, runs - bare.length);
      withService.push(...(await roundTrips(turn)));
      bare.push(...(await bareRuns(turn)));
    }
  } else {
    const periodNs = SECOND_NS / paceRps;
    const startNs = monotonicNs() + LEAD_NS;
    const both = await Promise.all([
      roundTrips(runs, periodNs, startNs),
      bareRuns(runs, periodNs, startNs + periodNs / 2),
    ]);
    withService.push(...both[0]);
    bare.push(...both[1]);
  }
  const added = withService.map((tookUs, run) => tookUs - bare[run]);
  return {
    model: model.name,
    inputBytes: speech === 'health' ? 0 : inputBytesOf(model),
    speech,
    paceRps,
    runs,
    bareMedianUs: quantile(bare, 0.5),
    roundTripMedianUs: quantile(withService, 0.5),
    addedMedianUs: quantile(added, 0.5),
    addedP99Us: quantile(added, 0.99),
  };
}

function inputBytesOf({ shape }: SceneModel): number {
  return shape.reduce((product, side) => product * side, Float32Array.BYTES_PER_ELEMENT);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
