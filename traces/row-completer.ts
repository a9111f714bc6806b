/**
 * Turns a row of a trace into an arrival: what the row says is kept, what it leaves out comes from the workload's
 * queries. A row that names no variant, architecture or use case gets a query (drawn by popularity, or fixed for its
 * application); one that does takes its missing values from the query that asks for the same, if there is one, and
 * otherwise has one input and no objectives. Kinds are numbered as they appear.
 */
import type { Arrival, QueryKind, RandomStreams } from '../core/index.ts';
import { NEVER, ServingError } from '../core/index.ts';
import type { TraceArrivals } from './arrival-spec.ts';
import type { QueryDraw } from './objectives.ts';
import { queryDraw } from './objectives.ts';
import { popularityChoice } from './popularity.ts';
import { streamPrefix } from './query-source.ts';
import type { TraceRow } from './readers/trace-row.ts';
import type { WorkloadSpec } from './spec.ts';

const APPLICATION_DEFAULT = 'default';
// No name holds this character, so joined names cannot be confused.
const SEPARATOR = '\u0000';

export class RowCompleter {
  /** The kinds that have appeared, by their index. */
  readonly kinds: QueryKind[] = [];
  private readonly spec: WorkloadSpec<TraceArrivals>;
  private readonly indexes = new Map<string, number>();
  private readonly queryOfTarget = new Map<string, number>();
  private readonly queryOfApplication = new Map<string, number>();
  private readonly draws: readonly QueryDraw[];
  private readonly choose: () => number;

  constructor(spec: WorkloadSpec<TraceArrivals>, streams: RandomStreams) {
    this.spec = spec;
    const prefix = streamPrefix(spec);
    this.draws = spec.queries.map((query, index) =>
      queryDraw(query, (field) => streams.stream(`${prefix}objectives/${index}/${field}`)),
    );
    this.choose =
      spec.queries.length === 0
        ? () => -1
        : popularityChoice(spec.popularity, spec.queries.length, () => streams.stream(`${prefix}popularity`));
    for (const [index, { kind }] of spec.queries.entries()) {
      const key = targetKey(kind);
      if (!this.queryOfTarget.has(key)) this.queryOfTarget.set(key, index);
    }
  }

  /** Writes all fields of the arrival but `client`. @throws ServingError if nobody says what the row asks for. */
  complete(row: TraceRow, into: Arrival): void {
    const query = this.queryOf(row);
    into.inputs = 1;
    into.latencyNs = NEVER;
    into.accuracyPercent = 0;
    // Drawn even if the row has its own values, so that those do not shift the draws of other rows.
    if (query >= 0) this.draws[query].into(into);
    into.atNs = row.atNs;
    into.kind = this.kindOf(row, query);
    if (row.inputs > 0) into.inputs = row.inputs;
    if (row.latencyNs !== NEVER) into.latencyNs = row.latencyNs;
    if (row.accuracyPercent > 0) into.accuracyPercent = row.accuracyPercent;
  }

  private queryOf(row: TraceRow): number {
    if (hasTarget(row)) return this.queryOfTarget.get(targetKey(row)) ?? -1;
    const query = this.spec.arrivals.assign === 'by-application' ? this.queryInTurn(row.application) : this.choose();
    if (query >= 0) return query;
    throw new ServingError({
      code: 'TRACE_NO_TARGET',
      place: `${this.spec.arrivals.file}:${row.line}`,
      message: 'the row does not say what it asks for',
      found: 'no variant, architecture or use case, and a workload without queries',
      expected: 'one of the three in the row, or queries in the workload to draw from',
      next: 'list at least one query beside the trace',
    });
  }

  private queryInTurn(application: string): number {
    if (this.spec.queries.length === 0) return -1;
    const known = this.queryOfApplication.get(application);
    if (known !== undefined) return known;
    const query = this.queryOfApplication.size % this.spec.queries.length;
    this.queryOfApplication.set(application, query);
    return query;
  }

  private kindOf(row: TraceRow, query: number): number {
    const asked = query >= 0 ? this.spec.queries[query].kind : undefined;
    const application = row.application || asked?.application || APPLICATION_DEFAULT;
    const target = hasTarget(row) || asked === undefined ? row : asked;
    const key = `${application}${SEPARATOR}${targetKey(target)}`;
    const known = this.indexes.get(key);
    if (known !== undefined) return known;
    const { useCase, architecture, variant } = target;
    const index = this.kinds.push({ application, useCase, architecture, variant }) - 1;
    this.indexes.set(key, index);
    return index;
  }
}

type Target = Pick<QueryKind, 'useCase' | 'architecture' | 'variant'>;

function hasTarget(target: Target): boolean {
  return target.variant !== '' || target.architecture !== '' || target.useCase !== '';
}

function targetKey(target: Target): string {
  return `${target.useCase}${SEPARATOR}${target.architecture}${SEPARATOR}${target.variant}`;
}
