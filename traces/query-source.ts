/** What open and closed workloads share: the kinds of a specification, and the draw of what an arrival asks for. */
import type { Arrival, Nanos, QueryKind, RandomStreams } from '../core/index.ts';
import { queryDraw } from './objectives.ts';
import { popularityChoice } from './popularity.ts';
import type { WorkloadSpec } from './spec.ts';

export interface QuerySource {
  /** One for each entry of `queries`, in their order. */
  readonly kinds: readonly QueryKind[];
  /** Draws the kind, inputs and objectives of an arrival; the time and the client are left alone. */
  readonly draw: (into: Pick<Arrival, 'kind' | 'inputs' | 'latencyNs' | 'accuracyPercent'>) => void;
  readonly durationNs: Nanos;
  /** At most this many arrivals; may be infinite. */
  readonly limit: number;
}

/** Opens the streams `popularity` and `objectives/<query>/<field>`, each only if something is drawn from it. */
export function querySource(spec: WorkloadSpec, streams: RandomStreams): QuerySource {
  const prefix = streamPrefix(spec);
  const choose = popularityChoice(spec.popularity, spec.queries.length, () => streams.stream(`${prefix}popularity`));
  const draws = spec.queries.map((query, index) =>
    queryDraw(query, (field) => streams.stream(`${prefix}objectives/${index}/${field}`)),
  );
  return {
    kinds: spec.queries.map((query) => query.kind),
    draw(into) {
      into.kind = choose();
      draws[into.kind].into(into);
    },
    durationNs: spec.durationNs,
    limit: spec.limit ?? Number.POSITIVE_INFINITY,
  };
}

/** What the names of a workload's streams begin with. */
export function streamPrefix(spec: WorkloadSpec): string {
  return spec.seedName === undefined ? '' : `${spec.seedName}/`;
}
