/** What the management calls act on. Types only. */
import type { Handlers } from '../../backends/index.ts';
import type { HttpRoute } from '../http/index.ts';
import type { ModelManager } from '../models/index.ts';
import type { MachinesEnding } from '../world/index.ts';
import type { ServicePort } from '../service/index.ts';

/** A listener as status shows it. */
export interface ListenerStatus {
  readonly protocol: string;
  /** Where it is reached: `http://127.0.0.1:8000`. */
  readonly address: string;
}

/** A model of the repository that is not served, though it was to be loaded. */
export interface FailedModel {
  readonly name: string;
  /** Without paths. */
  readonly reason: string;
}

export interface ServerStatus {
  readonly version: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly config: string;
  readonly policySet: string;
  /** The state folder. */
  readonly state: string;
  /** Whether machines are started and stopped by commands of the config. */
  readonly hasMachineCommands: boolean;
  readonly listeners: readonly ListenerStatus[];
  /** Whose last load failed, by name. */
  readonly failedModels: readonly FailedModel[];
  /** Addresses; '' for none. */
  readonly dashboard: string;
  readonly metrics: string;
  /** What its test of itself found, in words; '' before. */
  readonly selfTest: string;
}

export interface ControlParts {
  readonly service: ServicePort;
  readonly handlers: Handlers;
  readonly models: Pick<ModelManager, 'register' | 'unregister' | 'setDefault' | 'scale'>;
  readonly server: () => ServerStatus;
  /** Begins the end of the server; called once the answer is on its way. */
  readonly stop: (machines: MachinesEnding) => void;
  /** Calls of other parts: offline jobs. Their paths begin as ours do. */
  readonly more: readonly HttpRoute[];
}
