/** What an exposition in a peer's words offers, and the text it is made of. */
import type { ServiceObserver, ServiceSnapshot, VariantSnapshot } from '../../service/index.ts';
import type { RegisteredVariant } from '../metrics/request-metrics.ts';

export interface PeerFamilies {
  /** Counts as requests end. */
  readonly observer: ServiceObserver;
  /** The exposition now. @param wanted names of families; all when there are none. */
  text(snapshot: ServiceSnapshot, wanted: ReadonlySet<string>): string | Promise<string>;
  /** Counts an answer over HTTP, where the peer has such a counter. */
  httpEnded?(status: number): void;
  /** Forgets the series of variants that are no more. An empty version asks for any. */
  keepOnly(isKnown: (variant: RegisteredVariant) => boolean): void;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How a peer writes one line. */
export type SampleWriter = (name: string, sample: Sample) => string;

export function familiesText(families: readonly Family[], wanted: ReadonlySet<string>, write: SampleWriter): string {
  return families
    .filter(({ name, samples }) => samples.length > 0 && (wanted.size === 0 || wanted.has(name)))
    .map(({ name, help, type, samples }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((sample) => write(name, sample)), ''].join(
        '\n',
      ),
    )
    .join('');
}

/**
 * Whether a variant is one that a peer would call loaded: it has workers, or something waits for one. Of the others, the
 * most of a large catalogue, peers show nothing.
 */
export function isInUse({ ready, loading, draining, held, queued }: VariantSnapshot): boolean {
  return ready + loading + draining + held + queued > 0;
}

/** A label's value as the format wants it. */
export function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
