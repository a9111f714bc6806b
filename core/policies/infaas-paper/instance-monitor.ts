/**
 * The monitoring daemon of the INFaaS paper: every 2 s it compares what each instance (a variant on a machine) received
 * and how long its batches took with the profile, moves the instance's state, and flags the workers of overloaded and
 * interfered instances. The only writer of the states. Whoever needs them asks for a refresh first, so the daemon works
 * with whichever families of the policy an experiment uses.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import type { PolicyContext } from '../../policy.ts';
import { DEAD, READY } from '../../tables/fleet.ts';
import type { MachineId, WorkerId } from '../../tables/fleet.ts';
import { NANOS_PER_SECOND, seconds } from '../../time.ts';
import type { Nanos } from '../../time.ts';
import { INACTIVE, INTERFERED, OVERLOADED, nextState } from './instance-states.ts';
import type { InstanceState } from './instance-states.ts';
import { saturationRps } from './throughput.ts';

/** The paper's period of the monitoring daemon. */
export const MONITOR_PERIOD_NS: Nanos = seconds(2);

type Context = Pick<PolicyContext<unknown>, 'catalogue' | 'fleet' | 'signals'>;

export class InstanceMonitor {
  /** State of each instance; see `at`. */
  readonly state: Uint8Array;
  /** How often the instances were observed. */
  refreshes = 0;
  /** Ready replicas of each instance at the last refresh. */
  readonly replicas: Int32Array;
  /** Ready workers of a variant whose instance is overloaded or interfered with, at the last refresh. */
  readonly flaggedWorkers: Int32Array;
  private readonly context: Context;
  private readonly contention: number;
  private readonly peakRps: Float64Array;
  private dueNs: Nanos;
  private lastNs: Nanos = 0;
  /** By instance, over the last interval. */
  private readonly inputs: Float64Array;
  private readonly busyNs: Float64Array;
  private readonly profiledNs: Float64Array;
  /** By worker: the counters at the last refresh, the life they belong to, and whether it is flagged. */
  private readonly generation: Int32Array;
  private readonly seenInputs: Float64Array;
  private readonly seenBusyNs: Float64Array;
  private readonly seenBatches: Float64Array;
  private readonly seenBatchedInputs: Float64Array;
  private readonly flagged: Uint8Array;

  /** @param contention how many times the profiled execution time an instance must take to count as interfered with. */
  constructor(context: Context, contention: number) {
    const { catalogue, fleet } = context;
    const { workersMax } = fleet;
    const cells = catalogue.variants.length * fleet.machines.machinesMax;
    this.context = context;
    this.contention = contention;
    this.dueNs = MONITOR_PERIOD_NS;
    this.peakRps = Float64Array.from(catalogue.variants, ({ maxBatch }, index) =>
      saturationRps(catalogue.latency[index], maxBatch),
    );
    this.state = new Uint8Array(cells);
    this.replicas = new Int32Array(cells);
    this.inputs = new Float64Array(cells);
    this.busyNs = new Float64Array(cells);
    this.profiledNs = new Float64Array(cells);
    this.flaggedWorkers = new Int32Array(catalogue.variants.length);
    this.generation = new Int32Array(workersMax);
    this.seenInputs = new Float64Array(workersMax);
    this.seenBusyNs = new Float64Array(workersMax);
    this.seenBatches = new Float64Array(workersMax);
    this.seenBatchedInputs = new Float64Array(workersMax);
    this.flagged = new Uint8Array(workersMax);
  }

  /** Where an instance stands in the columns. */
  at(variant: VariantIndex, machine: MachineId): number {
    return variant * this.context.fleet.machines.machinesMax + machine;
  }

  /** Whether a worker's instance is overloaded or interfered with; a new life starts unflagged. */
  isFlagged(worker: WorkerId): boolean {
    return this.flagged[worker] === 1 && this.generation[worker] === this.context.fleet.generation[worker];
  }

  /** Whether some ready worker of the variant belongs to an instance that is neither overloaded nor interfered with. */
  isActive(variant: VariantIndex): boolean {
    return this.context.fleet.ready(variant).length > this.flaggedWorkers[variant];
  }

  /** Observes the instances when the period has passed. */
  refresh(now: Nanos): void {
    if (now < this.dueNs) return;
    this.dueNs = now + MONITOR_PERIOD_NS;
    this.countWorkers(now);
    for (let cell = 0; cell < this.state.length; cell += 1) this.observe(cell, now - this.lastNs);
    this.flagWorkers();
    this.lastNs = now;
    this.refreshes += 1;
  }

  /** Sums what the ready replicas of each instance did since the last refresh. */
  private countWorkers(now: Nanos): void {
    const { fleet } = this.context;
    this.replicas.fill(0);
    this.inputs.fill(0);
    this.busyNs.fill(0);
    this.profiledNs.fill(0);
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      if (fleet.state[worker] === DEAD || fleet.dedicated[worker] === 1) continue;
      if (fleet.generation[worker] !== this.generation[worker]) this.forget(worker);
      if (fleet.state[worker] !== READY) continue;
      const variant = fleet.variant[worker];
      const cell = this.at(variant, fleet.machine[worker]);
      this.replicas[cell] += 1;
      this.inputs[cell] += fleet.receivedInputs[worker] - this.seenInputs[worker];
      this.addExecution(worker, cell, now);
      this.seenInputs[worker] = fleet.receivedInputs[worker];
      this.seenBusyNs[worker] = fleet.busyNs[worker];
      this.seenBatches[worker] = fleet.batches[worker];
      this.seenBatchedInputs[worker] = fleet.batchedInputs[worker];
    }
  }

  /** Time executing, and what the profile says of as many batches of that mean size. */
  private addExecution(worker: WorkerId, cell: number, now: Nanos): void {
    const { fleet, catalogue } = this.context;
    const latency = catalogue.latency[fleet.variant[worker]];
    const batches = fleet.batches[worker] - this.seenBatches[worker];
    if (batches > 0) {
      const mean = (fleet.batchedInputs[worker] - this.seenBatchedInputs[worker]) / batches;
      const [below, above] = [Math.floor(mean), Math.ceil(mean)].map((inputs) => latency.expectedBatchNs(inputs));
      this.busyNs[cell] += fleet.busyNs[worker] - this.seenBusyNs[worker];
      this.profiledNs[cell] += batches * (below + (mean - Math.floor(mean)) * (above - below));
    } else if (fleet.running[worker] > 0) {
      // A batch that has been running since before the last refresh says enough once it is too long.
      this.busyNs[cell] += now - fleet.batchStartNs[worker];
      this.profiledNs[cell] += latency.expectedBatchNs(fleet.running[worker]);
    }
  }

  private observe(cell: number, elapsedNs: Nanos): void {
    const replicas = this.replicas[cell];
    let state = this.state[cell] as InstanceState; // Only states are written.
    if (replicas === 0) {
      if (state !== INACTIVE) this.state[cell] = nextState(state, { type: 'unloaded' });
      return;
    }
    if (state === INACTIVE) state = nextState(state, { type: 'loaded' });
    const variant = Math.floor(cell / this.context.fleet.machines.machinesMax);
    const rateRps = (this.inputs[cell] * NANOS_PER_SECOND) / elapsedNs;
    this.state[cell] = nextState(state, {
      type: 'observed',
      atPeak: rateRps >= replicas * this.peakRps[variant],
      contended: this.busyNs[cell] > this.contention * this.profiledNs[cell],
    });
  }

  private flagWorkers(): void {
    const { fleet, signals } = this.context;
    this.flaggedWorkers.fill(0);
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      const isReady = fleet.state[worker] === READY && fleet.dedicated[worker] === 0;
      const state = isReady ? this.state[this.at(fleet.variant[worker], fleet.machine[worker])] : INACTIVE;
      const flagged = state === OVERLOADED || state === INTERFERED ? 1 : 0;
      if (flagged === 1) this.flaggedWorkers[fleet.variant[worker]] += 1;
      if (flagged !== this.flagged[worker]) signals.flag(worker, flagged === 1);
      this.flagged[worker] = flagged;
    }
  }

  private forget(worker: WorkerId): void {
    this.generation[worker] = this.context.fleet.generation[worker];
    this.seenInputs[worker] = 0;
    this.seenBusyNs[worker] = 0;
    this.seenBatches[worker] = 0;
    this.seenBatchedInputs[worker] = 0;
  }
}
