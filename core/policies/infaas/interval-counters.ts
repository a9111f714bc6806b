/**
 * What the replicas of each instance did since the last reading: differences of the fleet's counters, which start anew
 * in every life of a worker number. What a replica did that died since is lost with it. A request that waits for a load
 * is received when the replica is ready: until then there is nothing that the monitor watches, as in the release; the
 * wait is added to its latency by `Instances`.
 */
import type { VariantIndex } from '../../catalogue/variant.ts';
import { READY } from '../../tables/fleet.ts';
import type { FleetView, MachineId, WorkerId } from '../../tables/fleet.ts';

export class IntervalCounters {
  /** By instance, of the last reading. */
  readonly replicas: Int32Array;
  readonly received: Float64Array;
  readonly receivedInputs: Float64Array;
  readonly completed: Float64Array;
  readonly serviceNs: Float64Array;
  readonly inFlight: Float64Array;
  private readonly fleet: FleetView;
  private readonly machinesMax: number;
  /** The instances of this reading, those of the one before, and the reading that met an instance last. */
  private cells: Int32Array;
  private count = 0;
  private cellsBefore: Int32Array;
  private countBefore = 0;
  private readonly metIn: Int32Array;
  private reading = 0;
  /** Counters by worker at the last reading, and the life they belong to. */
  private readonly generation: Int32Array;
  private readonly receivedBefore: Float64Array;
  private readonly inputsBefore: Float64Array;
  private readonly completedBefore: Float64Array;
  private readonly serviceBefore: Float64Array;
  /** Workers that became ready since the last reading. */
  private readonly loaded: WorkerId[] = [];

  constructor(fleet: FleetView, variants: number) {
    const { workersMax } = fleet;
    const instances = variants * fleet.machines.machinesMax;
    this.fleet = fleet;
    this.machinesMax = fleet.machines.machinesMax;
    this.replicas = new Int32Array(instances);
    this.received = new Float64Array(instances);
    this.receivedInputs = new Float64Array(instances);
    this.completed = new Float64Array(instances);
    this.serviceNs = new Float64Array(instances);
    this.inFlight = new Float64Array(instances);
    this.metIn = new Int32Array(instances);
    this.cells = new Int32Array(workersMax);
    this.cellsBefore = new Int32Array(workersMax);
    this.generation = new Int32Array(workersMax).fill(-1);
    this.receivedBefore = new Float64Array(workersMax);
    this.inputsBefore = new Float64Array(workersMax);
    this.completedBefore = new Float64Array(workersMax);
    this.serviceBefore = new Float64Array(workersMax);
  }

  read(): void {
    const { fleet } = this;
    [this.cells, this.cellsBefore] = [this.cellsBefore, this.cells];
    this.countBefore = this.count;
    this.count = 0;
    this.reading += 1;
    this.loaded.length = 0;
    for (let worker = 0; worker < fleet.workersMax; worker += 1) {
      if (fleet.state[worker] === READY && fleet.dedicated[worker] === 0) this.readWorker(worker);
    }
  }

  /** Instances with a ready replica. */
  forEach(visit: (cell: number, variant: VariantIndex, machine: MachineId) => void): void {
    for (let i = 0; i < this.count; i += 1) {
      const cell = this.cells[i];
      visit(cell, Math.floor(cell / this.machinesMax), cell % this.machinesMax);
    }
  }

  /** Instances that had a ready replica at the reading before and have none now. */
  forEachGone(visit: (cell: number) => void): void {
    for (let i = 0; i < this.countBefore; i += 1) {
      if (this.metIn[this.cellsBefore[i]] !== this.reading) visit(this.cellsBefore[i]);
    }
  }

  /** Replicas that were not ready at the reading before. */
  forEachLoaded(visit: (variant: VariantIndex, machine: MachineId) => void): void {
    for (const worker of this.loaded) visit(this.fleet.variant[worker], this.fleet.machine[worker]);
  }

  private readWorker(worker: WorkerId): void {
    const { fleet } = this;
    const cell = fleet.variant[worker] * this.machinesMax + fleet.machine[worker];
    if (this.metIn[cell] !== this.reading) this.open(cell);
    if (this.generation[worker] !== fleet.generation[worker]) this.begin(worker);
    const inFlight = fleet.received[worker] - fleet.completed[worker];
    this.replicas[cell] += 1;
    this.received[cell] += fleet.received[worker] - this.receivedBefore[worker];
    this.receivedInputs[cell] += fleet.receivedInputs[worker] - this.inputsBefore[worker];
    this.completed[cell] += fleet.completed[worker] - this.completedBefore[worker];
    this.serviceNs[cell] += fleet.serviceSumNs[worker] - this.serviceBefore[worker];
    // Requests that were cancelled, timed out or given back were received and never complete; they are not outstanding.
    this.inFlight[cell] += Math.min(inFlight, fleet.outstanding[worker]);
    this.receivedBefore[worker] = fleet.received[worker];
    this.inputsBefore[worker] = fleet.receivedInputs[worker];
    this.completedBefore[worker] = fleet.completed[worker];
    this.serviceBefore[worker] = fleet.serviceSumNs[worker];
  }

  private open(cell: number): void {
    this.metIn[cell] = this.reading;
    this.cells[this.count] = cell;
    this.count += 1;
    this.replicas[cell] = 0;
    this.received[cell] = 0;
    this.receivedInputs[cell] = 0;
    this.completed[cell] = 0;
    this.serviceNs[cell] = 0;
    this.inFlight[cell] = 0;
  }

  private begin(worker: WorkerId): void {
    this.generation[worker] = this.fleet.generation[worker];
    this.receivedBefore[worker] = 0;
    this.inputsBefore[worker] = 0;
    this.completedBefore[worker] = 0;
    this.serviceBefore[worker] = 0;
    this.loaded.push(worker);
  }
}
