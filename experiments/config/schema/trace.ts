/** A trace as a workload's arrivals: the file, its format and columns, and how it is cut and scaled. */
import { z } from 'zod';
import type { CountColumns, EventColumns, TraceArrivals } from '../../../traces/index.ts';
import { TRACE_FORMATS } from '../../../traces/index.ts';
import { choice, count, duration, flag, list, number, section, text } from './quantities.ts';
import { say } from './quantities.ts';

const column = (doc: string): z.ZodOptional<z.ZodString> => text(doc, 'the name of a column').optional();

const columns = section(
  {
    time: column('Column of the time of an arrival, or of the start of an interval of counts.'),
    time_unit: choice('Unit of that column.', ['s', 'ms', 'us', 'ns', 'iso8601']).optional(),
    count: column('Column of the number of arrivals in an interval; makes the file one of counts.'),
    interval: duration('Length of an interval of counts.').optional(),
    application: column('Column of the application.'),
    use_case: column('Column of the use case.'),
    architecture: column('Column of the architecture.'),
    variant: column('Column of the variant.'),
    inputs: column('Column of the number of inputs.'),
    latency: column('Column of the latency objective.'),
    latency_unit: choice('Unit of that column; ms when left out.', ['s', 'ms', 'us', 'ns']).optional(),
    accuracy_percent: column('Column of the accuracy objective in percent.'),
    input_tokens: column('Column of the number of input tokens.'),
    output_tokens: column('Column of the number of output tokens.'),
  },
  {
    what: 'columns such as { time: timestamp, time_unit: s }',
    doc: 'Which column holds what, for formats csv, jsonl and counts.',
  },
).transform((raw, context): EventColumns | CountColumns => {
  const { time, time_unit: timeUnit, application, use_case: useCase, architecture, variant } = raw;
  const shared = { timeUnit, application, useCase, architecture, variant };
  if (raw.count !== undefined) {
    if (raw.interval === undefined) {
      return refuse(context, 'interval', 'the length of an interval, such as "1 min", beside `count`');
    }
    return { ...shared, time, count: raw.count, intervalNs: raw.interval };
  }
  if (time === undefined) return refuse(context, 'time', 'the column of times, or `count` for a file of counts');
  if (timeUnit === undefined) return refuse(context, 'time_unit', 's, ms, us, ns or iso8601, the unit of `time`');
  return {
    ...shared,
    time,
    timeUnit,
    inputs: raw.inputs,
    latency: raw.latency,
    latencyUnit: raw.latency_unit,
    accuracyPercent: raw.accuracy_percent,
    inputTokens: raw.input_tokens,
    outputTokens: raw.output_tokens,
  };
});

const names = (doc: string): z.ZodOptional<z.ZodArray<z.ZodString>> =>
  list(text('A name.', 'a name'), { what: 'a list of names', doc }).optional();

const filter = section(
  {
    applications: names('Keep only rows of these applications.'),
    architectures: names('Keep only rows that ask for these architectures.'),
  },
  { what: 'a filter such as { applications: [web] }', doc: 'Which rows are kept.' },
);

const window = section(
  {
    from: duration('Start of the part; becomes time 0.', { zero: true }).prefault('0 s'),
    to: duration('End of the part; the end of the trace when left out.').optional(),
  },
  { what: 'a part such as { from: 0 s, to: 10 min }', doc: 'The part of the trace that is played.' },
).transform(({ from: fromNs, to: toNs }) => ({ fromNs, toNs }));

const factor = (doc: string, limits: { minimum: number; maximum: number }): z.ZodPrefault<z.ZodNumber> =>
  number(doc, `a factor from ${limits.minimum} to ${limits.maximum}`, limits).prefault(1);

export const traceSchema = section(
  {
    process: z.literal('trace', say('trace')),
    file: text('The trace, relative to the config.', 'the path of a trace'),
    format: choice('The format of the file; auto goes by its first line.', ['auto', ...TRACE_FORMATS]).prefault('auto'),
    columns: columns.optional(),
    bad_rows: choice('Whether a bad row ends the run or is left out and counted.', ['fail', 'skip']).prefault('fail'),
    sort: flag('Sort the rows by time first; without it a row out of order is a bad row.').prefault(false),
    functions_as: choice('Azure Functions: what the name of a function stands for.', [
      'application',
      'architecture',
    ]).prefault('application'),
    spread: choice('Counted arrivals within their interval: at random or evenly spaced.', ['uniform', 'even']).prefault(
      'uniform',
    ),
    filter: filter.optional(),
    window: window.optional(),
    time_scale: factor('Times are multiplied by this: 0.5 plays the trace twice as fast.', {
      minimum: 1e-6,
      maximum: 1e6,
    }),
    rate_scale: factor('Arrivals are thinned (below 1) or multiplied (above 1) at random.', {
      minimum: 1e-9,
      maximum: 10_000,
    }),
    limit: count('At most this many rows.', { minimum: 1 }).optional(),
    assign: choice('How a row that names nothing gets a query: drawn, or one for each application in turn.', [
      'draw',
      'by-application',
    ]).prefault('draw'),
  },
  { what: 'arrivals such as { process: trace, file: trace.csv }', doc: 'Arrivals read from a file.' },
).transform((raw): TraceArrivals => {
  const { process, file, format, sort, spread, window: part, limit, assign } = raw;
  const read = { format, columns: raw.columns, badRows: raw.bad_rows, sort, functionsAs: raw.functions_as, spread };
  return {
    process,
    file,
    ...read,
    filter: raw.filter,
    window: part,
    timeScale: raw.time_scale,
    rateScale: raw.rate_scale,
    limit,
    assign,
  };
});

function refuse(context: z.RefinementCtx, key: string, message: string): never {
  context.issues.push({ code: 'custom', message, path: [key], input: undefined });
  return z.NEVER;
}
