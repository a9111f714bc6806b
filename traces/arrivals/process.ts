/**
 * What an arrival process is: a source of times that never decrease, and the definition that makes one from its
 * specification. A process knows no queries and no objectives. Times are whole nanoseconds, rounded once.
 */
import type { Nanos, RandomStreams, Stream } from '../../core/index.ts';
import type { OpenArrivals, OpenProcess } from '../arrival-spec.ts';
import type { Checks } from '../checks.ts';

export interface ArrivalProcess {
  /** Time of the next arrival, from the start of the process; `NEVER` once no more come. Never decreases. */
  next(): Nanos;
}

export interface ArrivalContext {
  readonly streams: RandomStreams;
  /** Name of the stream the process draws from; its other streams are called `name/...`. */
  readonly name: string;
  /** How long the process will be asked for arrivals. */
  readonly durationNs: Nanos;
}

/** A process of the registry. */
export interface ArrivalDefinition<Spec> {
  /** One sentence for help: when to use it. */
  readonly doc: string;
  /** Reports what cannot work. `create` and `meanRateRps` may assume that it reported nothing. */
  check(spec: Spec, checks: Checks): void;
  /** Expected arrivals a second over the given duration, in a steady state where the process has one. */
  meanRateRps(spec: Spec, durationNs: Nanos): number;
  create(spec: Spec, context: ArrivalContext): ArrivalProcess;
}

/** The specification of one process. */
export type SpecOf<Process extends OpenProcess> = Extract<OpenArrivals, { process: Process }>;

/** The one stream most processes need. */
export function arrivalStream(context: ArrivalContext): Stream {
  return context.streams.stream(context.name);
}
