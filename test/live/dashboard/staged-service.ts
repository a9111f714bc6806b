/** A service whose snapshot and events a test sets as it likes, for what only looks on. */
import type {
  MachineSnapshot,
  QueryEnd,
  ServiceObserver,
  ServiceSnapshot,
  VariantSnapshot,
  WorkerSnapshot,
} from '../../../live/service/index.ts';
import { StandInService } from '../stand-in-service.ts';

export class StagedService extends StandInService {
  staged: ServiceSnapshot;
  private readonly watching = new Set<ServiceObserver>();

  constructor(parts: Partial<ServiceSnapshot> = {}) {
    super([]);
    this.staged = {
      state: 'ready',
      startedMs: Date.now() - 3_723_000,
      epoch: 0,
      policies: {},
      openRequests: 0,
      variants: [],
      workers: [],
      machines: [],
      decisions: [],
      ...parts,
    };
  }

  stage(parts: Partial<ServiceSnapshot>): void {
    this.staged = { ...this.staged, ...parts };
  }

  override snapshot(): ServiceSnapshot {
    return this.staged;
  }

  override observe(observer: ServiceObserver): () => void {
    this.watching.add(observer);
    return () => this.watching.delete(observer);
  }

  get watchers(): number {
    return this.watching.size;
  }

  /** Whatever else happens. */
  notify(happening: (observer: ServiceObserver) => void): void {
    for (const observer of this.watching) happening(observer);
  }

  /** Queries that ended. */
  tell(end: Partial<QueryEnd>, times = 1): void {
    for (const observer of this.watching) {
      for (let i = 0; i < times; i += 1) observer.queryEnded?.({ ...ENDED, ...end });
    }
  }

  tellBatch(variant: string, inputs: number): void {
    const parts = { preprocessNs: 0, inferNs: 4e6, postprocessNs: 0 };
    for (const observer of this.watching) {
      observer.batchEnded?.({
        ...parts,
        variant,
        version: '1',
        worker: `${variant}#0`,
        inputs,
        requests: inputs,
        ok: true,
      });
    }
  }
}

const ENDED: QueryEnd = {
  ordinal: 0,
  application: 'default',
  model: 'm',
  variant: 'm',
  version: '1',
  worker: 'm#0',
  machine: 'local-0',
  outcome: 'served',
  reason: 'none',
  inputs: 1,
  batchInputs: 1,
  objectiveNs: 5e7,
  accuracyPercent: 0,
  loadWaitNs: 0,
  queueNs: 1e6,
  preprocessNs: 1e6,
  inferNs: 6e6,
  postprocessNs: 1e6,
  latencyNs: 1e7,
};

export function variantState(name: string, parts: Partial<VariantSnapshot> = {}): VariantSnapshot {
  return {
    name,
    version: '1',
    isDefault: true,
    architecture: 'resnet50',
    useCase: 'classification-imagenet-224',
    hardware: 'cpu',
    precision: 'fp32',
    accuracyPercent: 76.1,
    maxBatch: 32,
    source: 'config',
    ready: 1,
    loading: 0,
    draining: 0,
    held: 0,
    queued: 0,
    scaling: 'auto',
    ...parts,
  };
}

export function workerState(label: string, variant: string, parts: Partial<WorkerSnapshot> = {}): WorkerSnapshot {
  return {
    label,
    variant,
    version: '1',
    machine: 'local-0',
    state: 'ready',
    queued: 0,
    running: 0,
    batches: 0,
    completed: 0,
    pid: 4242,
    memoryBytes: 312e6,
    ageS: 65,
    ...parts,
  };
}

export function machineState(label: string, parts: Partial<MachineSnapshot> = {}): MachineSnapshot {
  return {
    label,
    type: 'local',
    state: 'up',
    workers: 1,
    coresUsed: 1,
    coresReservable: 2,
    cores: 4,
    memoryUsedBytes: 1e9,
    memoryBytes: 8e9,
    ...parts,
  };
}
