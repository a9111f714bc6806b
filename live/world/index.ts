/** The same actors on the wall clock: live runs of a workload, and the world that servers put requests into. */
export { runLive } from './run-live.ts';
export type { LiveOptions } from './run-live.ts';
export type { LivePlan } from './live-plan.ts';
export type { Delays, LiveRunRecord } from './live-record.ts';
export { LiveWorld } from './live-world.ts';
export type { LiveProvisioner, LiveWatcher, LiveWorldParts } from './live-world.ts';
export type { LocalProvisionerParts } from './local-provisioner.ts';
export { CommandMachines } from './command-machines.ts';
export type { CommandMachine, MachineCommands, MachinesEnding } from './command-machines.ts';
export { CommandProvisioner } from './command-provisioner.ts';
export type { LiveEnding } from './live-loop.ts';
export type { LiveBackend, LiveBackendFactory, LiveBackendParts } from './live-backend.ts';
export { onnxWorkers } from './onnx-workers.ts';
export type { OnnxWorkersOptions } from './onnx-workers.ts';
export { tableBackend } from './table-backend.ts';
export type { PayloadChoice } from './payloads/workload-payloads.ts';
