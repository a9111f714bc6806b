/**
 * A run's timeline as a Chrome trace, the JSON array that Perfetto and chrome://tracing open: a track of batches and
 * one of states for each worker, one of states for each machine. Slices of one track never overlap: batches and
 * states have tracks of their own, for a batch may outlive the state it began in.
 *
 * Format: "Trace Event Format", Google, 2016; times are microseconds, here with the fraction down to a nanosecond.
 */
import { NANOS_PER_MICROSECOND } from '../core/index.ts';
import type { Nanos, StateEntry, Timeline } from '../core/index.ts';

export interface TimelineNames {
  /** Name of a variant by its index in the catalogue. */
  variant(index: number): string;
  machineType(index: number): string;
}

/** Of the format's phases: complete slices, instants and metadata. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'i' | 'M';
  readonly pid: number;
  readonly tid: number;
  /** Microseconds since the start of the run. */
  readonly ts: number;
  readonly dur?: number;
  readonly cat?: string;
  /** An instant's scope: global. */
  readonly s?: 'g';
  readonly args: Readonly<Record<string, string | number>>;
}

const WORKERS = 1;
const MACHINES = 2;
/** States in which a worker or machine does not exist; they are gaps, not slices. */
const ABSENT: ReadonlySet<string> = new Set(['dead', 'down', 'cold']);

/** The events, metadata first, slices by track and time. */
export function chromeTrace(
  timeline: Pick<Timeline, 'batches' | 'states' | 'omitted'>,
  names: TimelineNames,
): TraceEvent[] {
  const endNs = endOf(timeline);
  const slices = [...batchSlices(timeline, names), ...stateSlices(timeline.states, endNs, names)];
  slices.sort((a, b) => a.pid - b.pid || a.tid - b.tid || a.ts - b.ts);
  return [...omission(timeline, endNs), ...trackNames(slices), ...slices];
}

function batchSlices({ batches }: Pick<Timeline, 'batches'>, names: TimelineNames): TraceEvent[] {
  return batches.map(({ worker, variant, inputs, startNs, endNs }) => ({
    name: `${names.variant(variant)} x ${inputs}`,
    ph: 'X',
    cat: 'batch',
    pid: WORKERS,
    tid: 2 * worker,
    ...span(startNs, endNs),
    args: { variant: names.variant(variant), inputs },
  }));
}

/** Each state lasts until the next one of the same subject, the last one until the end. */
function stateSlices(states: readonly StateEntry[], endNs: Nanos, names: TimelineNames): TraceEvent[] {
  const slices: TraceEvent[] = [];
  const bySubject = new Map<string, StateEntry[]>();
  for (const entry of states) {
    const key = `${entry.subject} ${entry.id}`;
    const entries = bySubject.get(key);
    if (entries === undefined) bySubject.set(key, [entry]);
    else entries.push(entry);
  }
  for (const entries of bySubject.values()) {
    entries.sort((a, b) => a.atNs - b.atNs);
    for (const [index, { subject, id, state, kind, atNs }] of entries.entries()) {
      if (ABSENT.has(state)) continue;
      const isWorker = subject === 'worker';
      const name = isWorker ? names.variant(kind) : names.machineType(kind);
      slices.push({
        name: state,
        ph: 'X',
        cat: subject,
        pid: isWorker ? WORKERS : MACHINES,
        tid: isWorker ? 2 * id + 1 : id,
        ...span(atNs, entries[index + 1]?.atNs ?? endNs),
        args: isWorker ? { variant: name } : { type: name },
      });
    }
  }
  return slices;
}

/** Names of processes and tracks, and their order: a worker's states stand below its batches. */
function trackNames(slices: readonly TraceEvent[]): TraceEvent[] {
  const processes = [
    { pid: WORKERS, name: 'workers' },
    { pid: MACHINES, name: 'machines' },
  ];
  const tracks = new Map<string, { readonly pid: number; readonly tid: number }>();
  for (const { pid, tid } of slices) tracks.set(`${pid} ${tid}`, { pid, tid });
  return [
    ...processes.flatMap(({ pid, name }) => [
      metadata('process_name', { pid, tid: 0 }, { name }),
      metadata('process_sort_index', { pid, tid: 0 }, { sort_index: pid }),
    ]),
    ...[...tracks.values()].flatMap((track) => [
      metadata('thread_name', track, { name: trackName(track) }),
      metadata('thread_sort_index', track, { sort_index: track.tid }),
    ]),
  ];
}

function trackName({ pid, tid }: { readonly pid: number; readonly tid: number }): string {
  if (pid === MACHINES) return `machine ${tid}`;
  const worker = Math.floor(tid / 2);
  return tid % 2 === 0 ? `worker ${worker}` : `worker ${worker} state`;
}

function metadata(
  name: string,
  { pid, tid }: { readonly pid: number; readonly tid: number },
  args: TraceEvent['args'],
): TraceEvent {
  return { name, ph: 'M', pid, tid, ts: 0, args };
}

/** A timeline that was cut says so where it ends. */
function omission({ omitted }: Pick<Timeline, 'omitted'>, endNs: Nanos): TraceEvent[] {
  if (omitted === 0) return [];
  const name = `timeline is full: ${omitted} later entries were omitted`;
  return [
    { name, ph: 'i', s: 'g', cat: 'omitted', pid: WORKERS, tid: 0, ts: microseconds(endNs), args: { omitted } },
    metadata('process_labels', { pid: WORKERS, tid: 0 }, { labels: `${omitted} later entries omitted` }),
  ];
}

function endOf({ batches, states }: Pick<Timeline, 'batches' | 'states'>): Nanos {
  let endNs = 0;
  for (const batch of batches) endNs = Math.max(endNs, batch.endNs);
  for (const { atNs } of states) endNs = Math.max(endNs, atNs);
  return endNs;
}

function span(startNs: Nanos, endNs: Nanos): { readonly ts: number; readonly dur: number } {
  return { ts: microseconds(startNs), dur: microseconds(endNs - startNs) };
}

function microseconds(timeNs: Nanos): number {
  return timeNs / NANOS_PER_MICROSECOND;
}
