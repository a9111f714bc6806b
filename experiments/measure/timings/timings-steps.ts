/**
 * What a config has measured, step by step: a fresh process or a turn of one cell. Round by round every cell has its
 * step, in a seeded order of its own, so that no cell meets a busy minute alone.
 */
import { sessionOptions } from '../../../backends/index.ts';
import type { Nanos, TimingsCell } from '../../../core/index.ts';
import { Stream, seconds } from '../../../core/index.ts';
import { CellSamples } from './cell-samples.ts';
import type { Subject } from './prepare-subjects.ts';
import { probeInit } from './probe-init.ts';
import { runTurn } from './run-turn.ts';
import type { TimingsConfig } from './timings-config.ts';

/** A fresh process until its first run, about; and what a turn takes besides its requests. */
const PROCESS_NS = seconds(0.3);
const TURN_START_NS = seconds(0.7);
/** Single functions that are timed, and how much longer the warm-up of each makes it. */
const FUNCTIONS = 5;
const MICRO_WARM_UP = 1.2;

/** One model under one setting, and what was measured of it so far. */
export interface MeasuredCell extends Pick<TimingsCell, 'cell' | 'label' | 'hardware' | 'threads'> {
  readonly subject: Subject;
  readonly init: CellSamples;
  readonly handle: CellSamples;
}

export interface Step {
  readonly label: string;
  /** Steps of one kind take about as long as each other: those of one cell and phase. */
  readonly kind: string;
  /** About how long it takes, before any of its kind was taken. */
  readonly plannedNs: Nanos;
  readonly run: (signal: AbortSignal | undefined) => Promise<void>;
}

/** Every subject under every setting. */
export function cellsOf({ hardware, threads }: TimingsConfig, subjects: readonly Subject[]): MeasuredCell[] {
  const settings = subjects.flatMap((subject) =>
    hardware.flatMap(({ name }) => threads.map((count) => ({ subject, hardware: name, threads: count }))),
  );
  return settings.map((setting, cell) => ({
    ...setting,
    cell,
    label: labelOf(setting, { hardware: hardware.length, threads: threads.length }),
    init: new CellSamples('init'),
    handle: new CellSamples('handle'),
  }));
}

/** The name of the subject and whatever differs between cells. */
function labelOf(
  { subject, hardware, threads }: Pick<MeasuredCell, 'subject' | 'hardware' | 'threads'>,
  counts: { readonly hardware: number; readonly threads: number },
): string {
  const parts = [subject.config.name];
  if (counts.hardware > 1) parts.push(hardware);
  if (counts.threads > 1) parts.push(threads === 1 ? '1 thread' : `${threads} threads`);
  return parts.join(', ');
}

/** All processes, then all turns: round by round, in each the cells in an order of their own. */
export function stepsOf(config: TimingsConfig, cells: readonly MeasuredCell[]): Step[] {
  const { init, handle, measure } = config;
  const rounds = (count: number, stepOf: (cell: MeasuredCell, round: number) => Step): Step[] =>
    Array.from({ length: count }, (_, round) =>
      shuffled(cells, config.seed, round).map((cell) => stepOf(cell, round)),
    ).flat();
  const processes = measure.includes('init') ? init.processes : 0;
  const turns = measure.includes('handle') ? handle.turns : 0;
  return [
    ...rounds(processes, (cell, round) => ({
      label: `${cell.label}, process ${round + 1} of ${processes}`,
      kind: `${cell.cell}/init`,
      plannedNs: PROCESS_NS,
      run: (signal) => addProcess(cell, round, signal),
    })),
    ...rounds(turns, (cell, turn) => ({
      label: `${cell.label}, turn ${turn + 1} of ${turns}`,
      kind: `${cell.cell}/handle`,
      plannedNs: turnNs(config),
      run: (signal) => addTurn(cell, { turn, config, signal }),
    })),
  ];
}

async function addProcess(cell: MeasuredCell, unit: number, signal: AbortSignal | undefined): Promise<void> {
  const { subject } = cell;
  const options = sessionOptions(cell);
  const end = await probeInit({ path: subject.path, options, inputs: subject.inputs }, signal);
  if (end === undefined) return;
  if (end.ok) cell.init.add({ unit, batch: 0, batchInputs: 1, partsMs: end.times });
  else cell.init.fail(end.detail);
  cell.init.endUnit();
}

async function addTurn(
  cell: MeasuredCell,
  {
    turn,
    config,
    signal,
  }: { readonly turn: number; readonly config: TimingsConfig; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { subject, hardware, threads } = cell;
  const { handle } = config;
  const requests = handle.requests / handle.turns;
  const { handler, images } = subject;
  const seed = `${config.seed}/${cell.cell}/${turn}`;
  const ends = await runTurn({
    subject,
    handler,
    handle,
    hardware,
    threads,
    seed,
    images,
    requests,
    firstImage: turn * requests,
    signal,
  });
  if (ends === undefined) return;
  for (const end of ends) {
    if (end.ok) cell.handle.add({ unit: turn, ...end.sample });
    else cell.handle.fail(end.reason);
  }
  cell.handle.endUnit();
}

function turnNs({ handle }: TimingsConfig): Nanos {
  return TURN_START_NS + (handle.requests / handle.turns) * handle.everyNs;
}

/** About how long the single functions take. */
export function microNs({ measure, micro }: TimingsConfig): Nanos {
  return measure.includes('micro') ? micro.rounds * FUNCTIONS * micro.timeNs * MICRO_WARM_UP : 0;
}

/** About how long everything takes once the models are prepared. */
export function plannedNs(config: TimingsConfig): Nanos {
  const { subjects, hardware, threads, measure, init, handle } = config;
  const processesNs = measure.includes('init') ? init.processes * PROCESS_NS : 0;
  const turnsNs = measure.includes('handle') ? handle.turns * turnNs(config) : 0;
  return subjects.length * hardware.length * threads.length * (processesNs + turnsNs) + microNs(config);
}

function shuffled(cells: readonly MeasuredCell[], seed: string, round: number): MeasuredCell[] {
  const stream = new Stream(`${seed}/order/${round}`);
  const order = [...cells];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = stream.int(last + 1);
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
