/** The kernel and the simulated world that runs `core` in virtual time. */
export { SimulatedWorld } from './simulated-world.ts';
export { replayLog } from './replay-world.ts';
export type { ReplayPlan } from './replay-world.ts';
export type { SimulationPlan } from './simulation-plan.ts';
export type { Bounds, Ending } from './kernel.ts';
export type { NetworkPlan } from './network.ts';
export { FAULT_NAMES } from './faults/fault.ts';
export type { FaultPlan, FaultTimes } from './faults/fault.ts';
