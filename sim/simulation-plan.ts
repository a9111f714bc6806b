/** Everything that defines one simulated run; two runs of equal plans and workloads have equal digests. */
import type { Calibration, ServingPlan, Solver } from '../core/index.ts';
import type { FaultPlan } from './faults/fault.ts';
import type { Bounds } from './kernel.ts';
import type { NetworkPlan } from './network.ts';

export interface SimulationPlan {
  readonly serving: ServingPlan;
  /** Root of all random streams of the run, apart from the workload's own. */
  readonly seed: string;
  readonly bounds: Bounds;
  readonly network?: NetworkPlan | undefined;
  /** Workers of a machine may compete for its cores or devices. */
  readonly contention: boolean;
  /** How late the service wakes up, when its machine stands still, how much batches slow each other. Default: none of it. */
  readonly host?: Pick<Calibration, 'wakeUp' | 'pauses' | 'contention'> | undefined;
  readonly faults: readonly FaultPlan[];
  /** Whether the auditor keeps its books; off only where the kernel's own speed is measured. */
  readonly audit: boolean;
  /** Control decisions kept for the result; more are counted. */
  readonly decisionsMax: number;
  /** Loaded where some policy solves programs. */
  readonly solver?: Solver | undefined;
}
