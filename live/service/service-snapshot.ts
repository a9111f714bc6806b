/** The state of a service at one instant, as `status`, the dashboard and management calls show it. Plain data, JSON-safe. */

export interface WorkerSnapshot {
  /** Unique over the service's life. */
  readonly label: string;
  readonly variant: string;
  readonly version: string;
  readonly machine: string;
  readonly state: 'cold' | 'loading' | 'ready' | 'draining' | 'dead';
  /** Requests in its queue, and inputs of the batch that runs. */
  readonly queued: number;
  readonly running: number;
  /** Batches and requests it has served. */
  readonly batches: number;
  readonly completed: number;
  /** Of its engine; absent where it has no process of its own. */
  readonly pid?: number;
  /** Memory its engine has now, in bytes; absent with `pid`. */
  readonly memoryBytes?: number;
  /** Seconds since it was started. */
  readonly ageS: number;
}

export interface MachineSnapshot {
  readonly label: string;
  readonly type: string;
  readonly state: 'booting' | 'up' | 'draining' | 'down';
  readonly workers: number;
  /** Reserved by workers. */
  readonly coresUsed: number;
  /** Cores that workers can reserve: more than there are where the fleet's `core_overcommit` is above 1. */
  readonly coresReservable: number;
  readonly cores: number;
  readonly memoryUsedBytes: number;
  readonly memoryBytes: number;
}

export interface VariantSnapshot {
  readonly name: string;
  readonly version: string;
  readonly isDefault: boolean;
  /** '' where the model's files state none, as its use case. */
  readonly architecture: string;
  readonly useCase: string;
  readonly hardware: string;
  readonly precision: string;
  readonly accuracyPercent: number;
  readonly maxBatch: number;
  readonly source: 'config' | 'registered';
  /** Workers by state. */
  readonly ready: number;
  readonly loading: number;
  readonly draining: number;
  /** Requests held by the scheduler, and those in workers' queues. */
  readonly held: number;
  readonly queued: number;
  /** `auto`, or the bounds set by hand; `most` is null for no bound. */
  readonly scaling: 'auto' | { readonly least: number; readonly most: number | null };
  /** Why its last load failed; absent when it did not. */
  readonly lastFailure?: string;
}

/** A control decision with its reason. */
export interface DecisionSnapshot {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly kind: 'worker.start' | 'worker.drain' | 'capacity.short' | 'machine.boot' | 'machine.drain';
  readonly variant?: string;
  readonly worker?: string;
  readonly machine?: string;
  readonly machineType?: string;
  readonly reason: string;
}

export interface ServiceSnapshot {
  readonly state: 'starting' | 'ready' | 'draining' | 'stopped' | 'failed';
  readonly startedMs: number;
  /** Number of the epoch, from 1: each change of the catalogue begins one, with policies created anew. */
  readonly epoch: number;
  readonly policies: Readonly<Record<string, string>>;
  readonly openRequests: number;
  readonly variants: readonly VariantSnapshot[];
  readonly workers: readonly WorkerSnapshot[];
  readonly machines: readonly MachineSnapshot[];
  /** The latest, oldest first; at most 200. */
  readonly decisions: readonly DecisionSnapshot[];
}
