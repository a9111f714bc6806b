/**
 * Judges a workload specification as a whole. Everything that is wrong is reported at once, each with the path of its
 * field; the code that generates arrivals assumes that nothing was.
 */
import type { QueryKind, ServingError } from '../core/index.ts';
import { assertNever, NANOS_PER_SECOND, ServingErrors } from '../core/index.ts';
import type { ArrivalSpec } from './arrival-spec.ts';
import { definitionOf } from './arrivals/registry.ts';
import { Checks } from './checks.ts';
import { INPUTS_MAX } from './inputs-max.ts';
import { checkPopularity } from './popularity.ts';
import type { AccuracySpec, InputsSpec, LatencySpec, WorkloadSpec } from './spec.ts';
import type { TraceOptions } from './trace-options.ts';

/** What is wrong with a specification; `parts.place` is the path of the field, such as `queries[0].inputs.value`. */
export function checkWorkload(spec: WorkloadSpec): readonly ServingError[] {
  const checks = new Checks();
  checks.duration('durationNs', spec.durationNs);
  if (spec.limit !== undefined) checks.count('limit', spec.limit);
  const traced = spec.arrivals.process === 'trace';
  if (spec.queries.length === 0 && !traced) checks.fail('queries', spec.queries, 'at least one query');
  for (const [index, query] of spec.queries.entries()) {
    const inQuery = checks.in(`queries[${index}]`);
    checkKind(query.kind, inQuery);
    checkInputs(query.inputs, inQuery.in('inputs'));
    checkLatency(query.latency, inQuery.in('latency'));
    checkAccuracy(query.accuracyPercent, inQuery.in('accuracyPercent'));
  }
  if (spec.queries.length > 0) checkPopularity(spec.popularity, spec.queries.length, checks.in('popularity'));
  checkArrivals(spec.arrivals, checks.in('arrivals'));
  if (checks.errors.length === 0 && expectedArrivals(spec) === 0) {
    checks.fail('arrivals', spec.arrivals.process, 'a rate above 0 at some time of the run');
  }
  return checks.errors;
}

/** Throws all that is wrong with a specification as one error. */
export function assertWorkload(spec: WorkloadSpec): void {
  const errors = checkWorkload(spec);
  if (errors.length > 0) throw new ServingErrors(errors);
}

/** How many arrivals to expect: for plans and progress. NaN when only the run can tell (a trace, a closed loop). */
export function expectedArrivals(spec: WorkloadSpec): number {
  const { arrivals } = spec;
  if (arrivals.process === 'trace' || arrivals.process === 'closed-loop') return Number.NaN;
  const rateRps = definitionOf(arrivals).meanRateRps(arrivals, spec.durationNs);
  return Math.min((rateRps * spec.durationNs) / NANOS_PER_SECOND, spec.limit ?? Number.POSITIVE_INFINITY);
}

/** Clients of a closed loop at most: all of them may have a request open at once. */
const CLIENTS_MAX = 1_000_000;

/** Checks the options of a trace, wherever they come from. */
export function checkTraceOptions(options: TraceOptions, checks: Checks): void {
  const { window } = options;
  if (window !== undefined) {
    const inWindow = checks.in('window');
    if (window.fromNs !== undefined) inWindow.duration('fromNs', window.fromNs, 0);
    if (window.toNs !== undefined) inWindow.duration('toNs', window.toNs, (window.fromNs ?? 0) + 1);
  }
  if (options.timeScale !== undefined) checks.positive('timeScale', options.timeScale, 'a factor');
  if (options.rateScale !== undefined)
    checks.within('rateScale', options.rateScale, { minimum: 1e-9, maximum: 10_000 });
  if (options.limit !== undefined) checks.count('limit', options.limit);
  const columns = options.columns;
  if (columns !== undefined && 'count' in columns) {
    checks.in('columns').duration('intervalNs', columns.intervalNs);
    if (columns.time !== undefined && columns.timeUnit === undefined) {
      checks.in('columns').fail('timeUnit', undefined, 's, ms, us, ns or iso8601, the unit of the column of times');
    }
  }
}

function checkArrivals(spec: ArrivalSpec, checks: Checks): void {
  switch (spec.process) {
    case 'trace':
      if (spec.file === '') checks.fail('file', spec.file, 'the path of a trace');
      checkTraceOptions(spec, checks);
      return;
    case 'closed-loop':
      checks.count('clients', spec.clients);
      if (spec.clients > CLIENTS_MAX) checks.within('clients', spec.clients, { minimum: 1, maximum: CLIENTS_MAX });
      checks.duration('thinkNs', spec.thinkNs, 0);
      return;
    case 'constant':
    case 'poisson':
    case 'loadgen-server':
    case 'gamma':
    case 'weibull':
    case 'mmpp':
    case 'diurnal':
    case 'ramp':
    case 'spikes':
    case 'phases':
      definitionOf(spec).check(spec, checks);
      return;
    default:
      assertNever(spec);
  }
}

function checkKind(kind: QueryKind, checks: Checks): void {
  if (kind.variant === '' && kind.architecture === '' && kind.useCase === '') {
    checks.fail('kind', kind, 'a variant, an architecture or a use case to ask for');
  }
}

function checkInputs(spec: InputsSpec, checks: Checks): void {
  if (spec.draw === 'uniform') {
    checks.count('minimum', spec.minimum);
    checks.count('maximum', spec.maximum, spec.minimum);
    checks.within('maximum', spec.maximum, { minimum: 0, maximum: INPUTS_MAX });
    return;
  }
  const values = spec.draw === 'fixed' ? [spec.value] : spec.values;
  const field = spec.draw === 'fixed' ? 'value' : 'values';
  for (const value of values) {
    checks.count(field, value);
    checks.within(field, value, { minimum: 0, maximum: INPUTS_MAX });
  }
  if (spec.draw === 'choice') checkChoice(spec.values, spec.weights, checks);
}

function checkLatency(spec: LatencySpec, checks: Checks): void {
  switch (spec.draw) {
    case 'none':
      return;
    case 'fixed':
      checks.duration('valueNs', spec.valueNs);
      return;
    case 'uniform':
      checks.duration('minimumNs', spec.minimumNs);
      checks.duration('maximumNs', spec.maximumNs, spec.minimumNs);
      return;
    case 'exponential':
    case 'lognormal':
      checks.duration('meanNs', spec.meanNs);
      if (spec.minimumNs !== undefined) checks.duration('minimumNs', spec.minimumNs);
      if (spec.draw === 'lognormal') checks.within('cv', spec.cv, { minimum: 0, maximum: 100 });
      return;
    case 'choice':
      for (const value of spec.valuesNs) checks.duration('valuesNs', value);
      if (spec.valuesNs.length === 0) checks.fail('valuesNs', spec.valuesNs, 'at least one value');
      if (spec.weights !== undefined) checks.weights('weights', spec.weights, spec.valuesNs.length);
      return;
    default:
      assertNever(spec);
  }
}

function checkAccuracy(spec: AccuracySpec, checks: Checks): void {
  const values = spec.draw === 'fixed' ? [spec.value] : spec.values;
  const field = spec.draw === 'fixed' ? 'value' : 'values';
  for (const value of values) checks.within(field, value, { minimum: 0, maximum: 100 });
  if (spec.draw === 'choice') checkChoice(spec.values, spec.weights, checks);
}

function checkChoice(values: readonly number[], weights: readonly number[] | undefined, checks: Checks): void {
  if (values.length === 0) checks.fail('values', values, 'at least one value');
  if (weights !== undefined) checks.weights('weights', weights, values.length);
}
