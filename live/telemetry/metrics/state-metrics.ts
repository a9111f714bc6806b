/**
 * The state of the service as gauges, read from one snapshot at each scrape: workers and machines by state, queues,
 * what is open. Between scrapes it costs nothing. Gauges are cleared before they are set, so what has gone shows nowhere.
 */
import type { Gauge } from 'prom-client';
import type { MachineSnapshot, ServiceSnapshot, VariantSnapshot, WorkerSnapshot } from '../../service/index.ts';
import type { Families } from './families.ts';

const OF_VARIANT = ['variant', 'version'] as const;
const WORKER_STATES: readonly WorkerSnapshot['state'][] = ['cold', 'loading', 'ready', 'draining', 'dead'];
const MACHINE_STATES: readonly MachineSnapshot['state'][] = ['booting', 'up', 'draining', 'down'];

type VariantGauge = Gauge<(typeof OF_VARIANT)[number]>;

export class StateMetrics {
  private readonly ready: Gauge;
  private readonly epoch: Gauge;
  private readonly open: Gauge;
  private readonly workers: Gauge<(typeof OF_VARIANT)[number] | 'state'>;
  private readonly workerMemory: VariantGauge;
  private readonly running: VariantGauge;
  private readonly queued: VariantGauge;
  private readonly held: VariantGauge;
  private readonly machines: Gauge<'type' | 'state'>;
  private readonly cores: Gauge<'type'>;
  private readonly coresUsed: Gauge<'type'>;
  private readonly memory: Gauge<'type'>;
  private readonly memoryUsed: Gauge<'type'>;

  constructor({ gauge }: Families) {
    this.ready = gauge('rehearse_ready', '1 while queries are taken');
    this.epoch = gauge('rehearse_catalogue_epoch', 'Times the catalogue changed since the start');
    this.open = gauge('rehearse_open_requests', 'Requests that were accepted and have no answer yet');
    this.workers = gauge('rehearse_workers', 'Workers', [...OF_VARIANT, 'state'] as const);
    this.workerMemory = gauge('rehearse_worker_memory_bytes', 'Memory of the engines of its workers', OF_VARIANT);
    this.running = gauge('rehearse_running_inputs', 'Inputs of batches that are being executed', OF_VARIANT);
    this.queued = gauge('rehearse_queued_requests', 'Requests in the queues of workers', OF_VARIANT);
    this.held = gauge('rehearse_held_requests', 'Requests that wait for a worker at the scheduler', OF_VARIANT);
    this.machines = gauge('rehearse_machines', 'Machines', ['type', 'state']);
    this.cores = gauge('rehearse_machine_cores', 'Cores of machines that are up', ['type']);
    this.coresUsed = gauge('rehearse_machine_cores_used', 'Cores of them that workers occupy', ['type']);
    this.memory = gauge('rehearse_machine_memory_bytes', 'Memory of machines that are up', ['type']);
    this.memoryUsed = gauge('rehearse_machine_memory_used_bytes', 'Memory of them that workers occupy', ['type']);
  }

  set(snapshot: ServiceSnapshot, isReady: boolean): void {
    this.ready.set(isReady ? 1 : 0);
    this.epoch.set(snapshot.epoch);
    this.open.set(snapshot.openRequests);
    this.setVariants(snapshot.variants);
    this.setWorkers(snapshot.workers);
    this.setMachines(snapshot.machines);
  }

  private setVariants(variants: readonly VariantSnapshot[]): void {
    for (const each of [this.workers, this.workerMemory, this.running, this.queued, this.held]) each.reset();
    for (const { name, version, queued, held, ready, loading, draining } of variants) {
      const labels = { variant: name, version };
      this.queued.set(labels, queued);
      this.held.set(labels, held);
      this.workers.set({ ...labels, state: 'ready' }, 0);
      // A variant without workers has no more to tell.
      if (ready + loading + draining === 0) continue;
      for (const state of WORKER_STATES) this.workers.set({ ...labels, state }, 0);
      this.workerMemory.set(labels, 0);
      this.running.set(labels, 0);
    }
  }

  private setWorkers(workers: readonly WorkerSnapshot[]): void {
    for (const { variant, version, state, memoryBytes = 0, running } of workers) {
      const labels = { variant, version };
      this.workers.inc({ ...labels, state });
      this.workerMemory.inc(labels, memoryBytes);
      this.running.inc(labels, running);
    }
  }

  private setMachines(machines: readonly MachineSnapshot[]): void {
    for (const each of [this.machines, this.cores, this.coresUsed, this.memory, this.memoryUsed]) each.reset();
    for (const type of new Set(machines.map((machine) => machine.type))) {
      for (const state of MACHINE_STATES) this.machines.set({ type, state }, 0);
    }
    for (const { type, state, cores, coresUsed, memoryBytes, memoryUsedBytes } of machines) {
      this.machines.inc({ type, state });
      if (state === 'booting' || state === 'down') continue;
      this.cores.inc({ type }, cores);
      this.coresUsed.inc({ type }, coresUsed);
      this.memory.inc({ type }, memoryBytes);
      this.memoryUsed.inc({ type }, memoryUsedBytes);
    }
  }
}
