/** What listeners are made of. Types only. */
import type { Handlers } from '../../backends/index.ts';
import type { KeyedGate } from '../auth/index.ts';
import type { ServerStatus } from '../control/index.ts';
import type { ModelManager } from '../models/index.ts';
import type { OfflineJobs } from '../offline/index.ts';
import type { ModelRepository, Statistics } from '../open-inference/index.ts';
import type { Service } from '../service/index.ts';
import type { Store } from '../store/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { ModelManagement } from '../torchserve/index.ts';
import type { MachinesEnding } from '../world/index.ts';
import type { Closers } from './closers.ts';
import type { ServerOptions } from './server-options.ts';

export interface ListenerServices {
  readonly options: ServerOptions;
  readonly service: Service;
  readonly handlers: Handlers;
  readonly store: Store;
  readonly statistics: Statistics;
  readonly repository: ModelRepository;
  readonly manager: ModelManager;
  readonly jobs: OfflineJobs;
  readonly models: ModelManagement;
  readonly telemetry: Telemetry;
  readonly gate: KeyedGate;
  readonly server: () => ServerStatus;
  readonly stop: (machines: MachinesEnding) => Promise<void>;
  /** Gets what ends each listener. */
  readonly closers: Closers;
  /** Gets what tells the clients of each listener that it is about to close. */
  readonly drains: (() => void)[];
  /** Gets each listener's count of connections. */
  readonly connections: (readonly [listener: string, open: () => number])[];
}
