/**
 * Where messages go. An address is an integer and the formula is fixed, so that a world keeps its actors in one
 * array: the control actors first, then three addresses per id (a worker's queue, a worker's lifecycle, a machine).
 */
import type { MachineId, WorkerId } from './tables/ids.ts';

export type Address = number & { readonly kind?: 'address' };

export const SCHEDULER: Address = 0;
export const MODEL_AUTOSCALER: Address = 1;
export const MACHINE_AUTOSCALER: Address = 2;
export const MONITOR: Address = 3;
export const SAMPLER: Address = 4;
/** The simulated world's own actor: it injects faults. Nobody is there in the live world. */
export const FAULTS: Address = 5;
/** The actor that runs offline jobs; nobody is there in a run without them. */
export const OFFLINE: Address = 6;
/** Rollouts of a run at most: each has an address among the control actors. */
export const ROLLOUTS_MAX = 8;
const FIRST_ROLLOUT = 7;
const CONTROL_ACTORS = FIRST_ROLLOUT + ROLLOUTS_MAX;
const PER_ID = 3;
const CONTROL_NAMES = [
  'scheduler',
  'model-autoscaler',
  'machine-autoscaler',
  'monitor',
  'sampler',
  'faults',
  'offline',
];

/** The statechart of a rollout. @param index of the rollout in the plan, below `ROLLOUTS_MAX`. */
export function rolloutAt(index: number): Address {
  return FIRST_ROLLOUT + index;
}

/** The data-path logic of a worker: queue and batcher, or the offline job it works on. */
export function queueOf(worker: WorkerId): Address {
  return CONTROL_ACTORS + PER_ID * worker;
}

/** The control logic of a worker: its lifecycle statechart. */
export function lifecycleOf(worker: WorkerId): Address {
  return CONTROL_ACTORS + PER_ID * worker + 1;
}

export function machineAt(machine: MachineId): Address {
  return CONTROL_ACTORS + PER_ID * machine + 2;
}

/** True for the queue of some worker: what the network carries. */
export function isQueue(address: Address): boolean {
  return address >= CONTROL_ACTORS && (address - CONTROL_ACTORS) % PER_ID === 0;
}

/** The worker whose queue or lifecycle is at an address, or the machine there. */
export function idAt(address: Address): number {
  return Math.floor((address - CONTROL_ACTORS) / PER_ID);
}

/** A name for people: `scheduler`, `worker-3`, `worker-3/lifecycle`, `machine-0`. */
export function addressName(address: Address): string {
  if (address < FIRST_ROLLOUT) return CONTROL_NAMES[address];
  if (address < CONTROL_ACTORS) return `rollout-${address - FIRST_ROLLOUT}`;
  const id = idAt(address);
  const role = (address - CONTROL_ACTORS) % PER_ID;
  if (role === 2) return `machine-${id}`;
  return role === 0 ? `worker-${id}` : `worker-${id}/lifecycle`;
}
