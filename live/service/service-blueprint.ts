/** Everything that defines a service apart from what is registered with it while it runs. Types only. */
import type { Nanos, PolicyChoices, ServingLimits, Solver } from '../../core/index.ts';
import type { MachineTypeDefinition, Sampling } from '../../backends/index.ts';
import type { LiveWorldParts } from '../world/index.ts';
import type { OfflineKeeper } from './offline-work.ts';
import type { ServedVariant, WorkerBounds } from './served-variant.ts';

export interface EngineLimits {
  /** A load that takes longer fails. */
  readonly loadTimeoutNs: Nanos;
  /** A batch that takes longer fails and its worker is replaced. */
  readonly batchTimeoutNs: Nanos;
  /** An engine that holds more memory is killed, in bytes; `Infinity` for no ceiling. */
  readonly memoryMaxBytes: number;
  /** Threads of each engine; the variant's cores when left out. */
  readonly threads?: number | undefined;
  /** Hardware that is not here, and what executes its variants instead, by name; none when left out. */
  readonly emulate?: Readonly<Record<string, string>> | undefined;
}

export interface ServiceBlueprint {
  /** What the service has from the start; registered variants come on top. */
  readonly variants: readonly ServedVariant[];
  readonly machineTypes: readonly MachineTypeDefinition[];
  readonly sampling: Sampling;
  readonly extrapolate: boolean;
  readonly policies: PolicyChoices;
  /** Machines by name of their type. */
  readonly machines: readonly { readonly type: string; readonly initial: number; readonly max: number }[];
  /** Workers at the start by the name of their variant, beside those that bounds demand. */
  readonly workers: readonly { readonly variant: string; readonly count: number }[];
  readonly limits: ServingLimits;
  /** Queries that are open at once, at most; more are refused. */
  readonly openMax: number;
  readonly monitorPeriodNs: Nanos;
  readonly startOnRequest: boolean;
  readonly seed: string;
  /** Emulated boot time of machines that join during the run. */
  readonly bootNs: Nanos | 'catalogue';
  readonly engines: EngineLimits;
  readonly solver?: Solver | undefined;
  /** Who keeps offline jobs; there are none when left out. */
  readonly offline?: OfflineKeeper | undefined;
  /** Told of bounds that are set by hand, before they are in force, to keep them for the next start. */
  readonly keepBounds?: ((name: string, version: string, bounds: WorkerBounds | 'auto') => void) | undefined;
  /**
   * How long the actors go on before fresh ones take over, in milliseconds: their clock is exact for 104 days. Default:
   * 30 days.
   */
  readonly renewalMs?: number | undefined;
  /** What boots and stops machines; shares of this host when left out. */
  readonly provisioner?: LiveWorldParts['provisioner'];
}
