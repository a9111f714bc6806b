/**
 * Everything actors say to each other. Data-path messages carry slots and numbers, never objects with identity;
 * a world may reuse a message object after its delivery, so an actor must not keep one.
 *
 * The codes are part of the event digest: appending is compatible, reordering changes every digest.
 */
import type { OfflineJob } from './offline/job.ts';
import type { Reason } from './outcome.ts';
import type { Slot } from './tables/request-table.ts';
import type { Generation, MachineId, WorkerId } from './tables/fleet.ts';
import type { Nanos } from './time.ts';

/** What a load or a batch took, by part. A simulated backend states the parts it models and 0 elsewhere. */
export interface BatchTimings {
  readonly preprocessNs: Nanos;
  readonly inferNs: Nanos;
  readonly postprocessNs: Nanos;
}

export interface LoadTimings {
  readonly readNs: Nanos;
  readonly createNs: Nanos;
  readonly warmUpNs: Nanos;
}

export type SchedulerMessage =
  | { readonly type: 'request.arrived'; readonly slot: Slot }
  /** A worker gives a request back unexecuted: it drained or died with the request in its queue. */
  | { readonly type: 'request.returned'; readonly slot: Slot }
  /** A client left, or a deadline of the service passed: end the request wherever it is. */
  | { readonly type: 'request.cancelled'; readonly slot: Slot; readonly ordinal: number }
  /** A worker has room; sent when the dispatch policy pulls, and while a worker of the variant is owed. */
  | { readonly type: 'worker.idle'; readonly worker: WorkerId }
  | { readonly type: 'worker.ready'; readonly worker: WorkerId }
  /** A worker that the dispatch policy wanted cannot be started now: what is held may go to those that are ready. */
  | { readonly type: 'worker.short'; readonly variant: number }
  /** The oldest open request has reached the service's timeout. */
  | { readonly type: 'timeout.due' }
  /** The dispatch policy wants what is held reviewed. */
  | { readonly type: 'hold.due' }
  /** A variant was rolled over: what is held for it goes to its successor. */
  | { readonly type: 'variant.succeeded'; readonly variant: number };

export type QueueMessage =
  | { readonly type: 'request.assigned'; readonly slot: Slot; readonly generation: Generation }
  | { readonly type: 'batch.due'; readonly generation: Generation }
  | { readonly type: 'batch.finished'; readonly generation: Generation; readonly timings: BatchTimings }
  | { readonly type: 'batch.failed'; readonly generation: Generation; readonly reason: Reason }
  /** The lifecycle opened the queue: the worker is ready. */
  | { readonly type: 'queue.open' }
  /** Finish what runs, give back what waits, then answer `queue.drained`. */
  | { readonly type: 'queue.drain'; readonly generation: Generation }
  /** The worker died: the running batch fails with the reason, what waits is given back. */
  | { readonly type: 'queue.abandon'; readonly generation: Generation; readonly reason: Reason };

export type LifecycleMessage =
  | { readonly type: 'worker.load' }
  | { readonly type: 'load.finished'; readonly generation: Generation; readonly timings: LoadTimings }
  | { readonly type: 'load.failed'; readonly generation: Generation; readonly detail: string }
  | { readonly type: 'worker.drain' }
  | { readonly type: 'queue.drained'; readonly generation: Generation }
  | { readonly type: 'unload.finished'; readonly generation: Generation }
  | { readonly type: 'worker.crashed'; readonly generation: Generation; readonly reason: Reason };

export type ModelAutoscalerMessage =
  | { readonly type: 'models.tick' }
  | { readonly type: 'worker.gone'; readonly worker: WorkerId }
  | { readonly type: 'machine.joined'; readonly machine: MachineId }
  /** The scheduler holds a request for want of a worker. `more`: start one whether or not the variant has others. */
  | { readonly type: 'worker.wanted'; readonly variant: number; readonly more: boolean }
  /** Time, or room, to start what could not be started before. */
  | { readonly type: 'start.due'; readonly variant: number }
  /** Somebody keeps a variant's workers between bounds by hand, until told otherwise. */
  | { readonly type: 'workers.bounded'; readonly variant: number; readonly least: number; readonly most: number };

export type MachineAutoscalerMessage =
  | { readonly type: 'machines.tick' }
  | { readonly type: 'machine.left'; readonly machine: MachineId };

export type MachineMessage =
  | { readonly type: 'machine.boot' }
  | { readonly type: 'machine.booted'; readonly generation: Generation }
  | { readonly type: 'boot.failed'; readonly generation: Generation; readonly detail: string }
  | { readonly type: 'machine.drain' }
  /** A worker on the machine is gone; a draining machine stops when the last one is. */
  | { readonly type: 'machine.emptied' }
  | { readonly type: 'machine.lost'; readonly generation: Generation }
  | { readonly type: 'machine.stopped'; readonly generation: Generation };

export type MonitorMessage = { readonly type: 'monitor.tick' };
export type SamplerMessage = { readonly type: 'sample.tick' };

export type OfflineMessage =
  | { readonly type: 'offline.tick' }
  | { readonly type: 'offline.sample' }
  /** A job that came while the service runs. */
  | { readonly type: 'job.added'; readonly job: OfflineJob }
  | { readonly type: 'job.cancelled'; readonly job: number }
  /** A worker that does offline work finds nothing left of its job. */
  | { readonly type: 'worker.unneeded'; readonly worker: WorkerId; readonly generation: Generation };

export type RolloutMessage = { readonly type: 'rollout.tick' };

/** Simulated world only. `fault` is the index of the fault in the plan, `target` what it struck. */
export type FaultMessage =
  | { readonly type: 'fault.strikes'; readonly fault: number }
  | { readonly type: 'fault.ends'; readonly fault: number; readonly target: number };

export type Message =
  | SchedulerMessage
  | QueueMessage
  | LifecycleMessage
  | ModelAutoscalerMessage
  | MachineAutoscalerMessage
  | MachineMessage
  | MonitorMessage
  | SamplerMessage
  | OfflineMessage
  | RolloutMessage
  | FaultMessage;

const CODES = [
  'request.arrived',
  'batch.finished',
  'batch.due',
  'request.assigned',
  'worker.idle',
  'request.returned',
  'request.cancelled',
  'worker.ready',
  'timeout.due',
  'batch.failed',
  'queue.open',
  'queue.drain',
  'queue.abandon',
  'worker.load',
  'load.finished',
  'load.failed',
  'worker.drain',
  'queue.drained',
  'unload.finished',
  'worker.crashed',
  'models.tick',
  'worker.gone',
  'machine.joined',
  'worker.wanted',
  'machines.tick',
  'machine.left',
  'machine.boot',
  'machine.booted',
  'boot.failed',
  'machine.drain',
  'machine.emptied',
  'machine.lost',
  'machine.stopped',
  'monitor.tick',
  'sample.tick',
  'fault.strikes',
  'fault.ends',
  'variant.succeeded',
  'offline.tick',
  'offline.sample',
  'job.cancelled',
  'worker.unneeded',
  'rollout.tick',
  'hold.due',
  'worker.short',
  'start.due',
  'workers.bounded',
  'job.added',
] as const satisfies readonly Message['type'][];

const rareCodes = new Map<string, number>(CODES.map((type, index) => [type, index + 1]));

/** The number of a message type in the event digest. The three types of the hot path are compared first. */
export function messageCode(type: Message['type']): number {
  if (type === 'request.arrived') return 1;
  if (type === 'batch.finished') return 2;
  if (type === 'batch.due') return 3;
  return rareCodes.get(type) ?? 0;
}

/** The type of a code; the inverse of `messageCode`. */
export function messageType(code: number): Message['type'] {
  return CODES[code - 1];
}
