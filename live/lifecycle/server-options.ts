/** Everything that a running server is made of, gathered from the parts. Types only. */
import type { HandlersOptions } from '../../backends/index.ts';
import type { AuthOptions } from '../auth/index.ts';
import type { DashboardOptions } from '../dashboard/index.ts';
import type { GrpcOptions } from '../grpc/index.ts';
import type { HttpOptions } from '../http/index.ts';
import type { ArchiveLimits, ModelCheckOptions, SourceOptions } from '../models/index.ts';
import type { OpenInferenceOptions } from '../open-inference/index.ts';
import type { OfflineOptions } from '../offline/index.ts';
import type { PathOptions } from '../paths/index.ts';
import type { ServiceBlueprint } from '../service/index.ts';
import type { TelemetryOptions } from '../telemetry/index.ts';
import type { TorchServeAddresses, TorchServeOptions } from '../torchserve/index.ts';
import type { MachineCommands } from '../world/index.ts';

export interface TorchServeSettings {
  readonly addresses: TorchServeAddresses;
  readonly api: TorchServeOptions;
  /** How long a token is good for; undefined where none is asked for. */
  readonly tokenExpiryMs: number | undefined;
  /** Listeners for its gRPC services. */
  readonly grpc: readonly (readonly [service: 'inference' | 'management', options: GrpcOptions])[];
}

export interface ModelSettings {
  readonly sources: Omit<SourceOptions, 'note'>;
  readonly archives: ArchiveLimits;
  readonly checks: ModelCheckOptions;
  /** What serves archives that name a handler of somebody else's; they are refused when left out. */
  readonly defaultHandler: string | undefined;
  /** What "a GPU" is called here; undefined where there is none. */
  readonly gpu: string | undefined;
  /** Triton's repository, absolute; undefined without one. */
  readonly repository: string | undefined;
  /** The models of the repository that are loaded at the start. */
  readonly load: readonly string[] | 'all';
  /** The files of the store that are loaded at the start, or `name=file`. */
  readonly loadArchives: readonly string[] | 'all';
  /** Folders that models may be registered from, beside what the owner's commands hand over. */
  readonly folders: readonly string[];
}

export interface ServerOptions {
  /** Of this program. */
  readonly version: string;
  /** The config's file as people see it. */
  readonly config: string;
  readonly policySet: string;
  /** The state folder, absolute. */
  readonly state: string;
  readonly blueprint: Omit<ServiceBlueprint, 'provisioner' | 'offline'>;
  /** Commands that start and stop machines; shares of this host when left out. */
  readonly machines?: MachineCommands | undefined;
  readonly handlers: HandlersOptions;
  readonly http: HttpOptions;
  readonly openInference: Omit<OpenInferenceOptions, 'serverVersion'>;
  readonly grpc?: GrpcOptions | undefined;
  readonly torchserve?: TorchServeSettings | undefined;
  readonly models: ModelSettings;
  readonly offline: OfflineOptions;
  readonly paths: readonly PathOptions[];
  readonly auth: AuthOptions;
  readonly telemetry: TelemetryOptions;
  readonly dashboard?: DashboardOptions | undefined;
  /** How long an end waits for what was accepted. */
  readonly drainTimeoutMs: number;
}
