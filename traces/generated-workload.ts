/**
 * A workload drawn from a specification. Times come from the stream `arrivals`, kinds from `popularity`, objectives
 * from `objectives/...`: changing one does not shift another, and two policies under one seed see the same queries.
 * Constant memory; one `Arrival` is reused and nothing is allocated for each arrival, since the simulator takes
 * millions of them a second. It opens no file: a trace is compiled first and replayed by `spooled-workload.ts`.
 */
import type { Arrival, QueryKind, RandomStreams, Workload } from '../core/index.ts';
import { emptyArrival, NEVER } from '../core/index.ts';
import type { ClosedLoopArrivals, OpenArrivals } from './arrival-spec.ts';
import type { ArrivalProcess } from './arrivals/process.ts';
import { definitionOf } from './arrivals/registry.ts';
import { assertWorkload } from './check-workload.ts';
import { closedLoopWorkload } from './closed-loop-workload.ts';
import type { QuerySource } from './query-source.ts';
import { querySource, streamPrefix } from './query-source.ts';
import type { WorkloadSpec } from './spec.ts';

/** A specification that needs no file. */
export type GeneratedWorkloadSpec = WorkloadSpec<OpenArrivals | ClosedLoopArrivals>;

/**
 * The arrivals of a specification. The same specification and seed give the same arrivals on every machine.
 * @throws ServingErrors with everything that is wrong with the specification.
 */
export function generatedWorkload(spec: GeneratedWorkloadSpec, streams: RandomStreams): Workload {
  assertWorkload(spec);
  const { arrivals, durationNs } = spec;
  const name = `${streamPrefix(spec)}arrivals`;
  const queries = querySource(spec, streams);
  if (arrivals.process === 'closed-loop') return closedLoopWorkload({ spec: arrivals, queries, streams, name });
  return new OpenWorkload(definitionOf(arrivals).create(arrivals, { streams, name, durationNs }), queries);
}

class OpenWorkload implements Workload {
  readonly kinds: readonly QueryKind[];
  readonly next: Arrival = emptyArrival();
  private readonly process: ArrivalProcess;
  private readonly queries: QuerySource;
  private issued = 0;

  constructor(process: ArrivalProcess, queries: QuerySource) {
    this.kinds = queries.kinds;
    this.process = process;
    this.queries = queries;
    this.next.atNs = 0;
    this.advance();
  }

  advance(): void {
    if (this.next.atNs === NEVER) return;
    const atNs = this.issued < this.queries.limit ? this.process.next() : NEVER;
    if (atNs >= this.queries.durationNs) {
      this.next.atNs = NEVER;
      return;
    }
    this.issued += 1;
    this.next.atNs = atNs;
    this.queries.draw(this.next);
  }
}
