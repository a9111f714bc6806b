/** The options that say how a trace file is read and reshaped, for every command that reads one. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../core/index.ts';
import { TRACE_FORMATS } from '../traces/index.ts';
import { positiveInteger } from './run-options.ts';
import type { EventColumns, CountColumns, TraceFormat, TraceOptions } from '../traces/index.ts';

export interface TraceFlags {
  readonly format?: TraceFormat | 'auto';
  readonly columns?: EventColumns | CountColumns;
  readonly badRows?: 'fail' | 'skip';
  readonly sort?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly timeScale?: number;
  readonly rateScale?: number;
  readonly limit?: number;
  readonly application?: string[];
}

export function addTraceOptions(command: Command): Command {
  return command
    .addOption(new Option('--format <name>', 'format of the trace').choices(['auto', ...TRACE_FORMATS]).default('auto'))
    .option(
      '--columns <mapping>',
      'columns of a csv, jsonl or counts trace: time=ts,timeUnit=ms,inputs=n',
      columnMapping,
    )
    .addOption(new Option('--bad-rows <choice>', 'stop at a bad row, or skip and count them').choices(['fail', 'skip']))
    .option('--sort', 'sort the rows by time first')
    .option('--from <time>', 'start of the part to use, such as "10 min"', duration)
    .option('--to <time>', 'end of the part to use', duration)
    .option('--time-scale <factor>', 'multiply times: 0.5 plays the trace twice as fast', positiveNumber)
    .option('--rate-scale <factor>', 'thin (below 1) or multiply (above 1) the arrivals at random', positiveNumber)
    .option('--limit <count>', 'at most this many rows', positiveInteger)
    .option('--application <name...>', 'keep only these applications');
}

/** The flags as trace options; what was not given is left out. */
export function traceOptions(flags: TraceFlags): TraceOptions {
  const window =
    flags.from === undefined && flags.to === undefined ? undefined : { fromNs: flags.from, toNs: flags.to };
  return {
    format: flags.format,
    columns: flags.columns,
    badRows: flags.badRows,
    sort: flags.sort,
    window,
    timeScale: flags.timeScale,
    rateScale: flags.rateScale,
    limit: flags.limit,
    filter: flags.application === undefined ? undefined : { applications: flags.application },
  };
}

function duration(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new InvalidArgumentError(`found ${text}; expected ${parsed.expected}`);
  return parsed.value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError(`found ${text}; expected a number above 0`);
  return value;
}

/** `name=value` pairs; whether they make sense is for the reader to say. */
function columnMapping(text: string): EventColumns | CountColumns {
  const pairs = text.split(',').map((pair) => pair.split('='));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes(''))) {
    throw new InvalidArgumentError(`found ${text}; expected name=column pairs such as time=ts,timeUnit=ms`);
  }
  const mapping: Record<string, string | number> = Object.fromEntries(pairs);
  checkMapping(mapping, text);
  if ('interval' in mapping) {
    mapping['intervalNs'] = duration(String(mapping['interval']));
    delete mapping['interval'];
  }
  // `checkMapping` has refused other keys and units; the reader names what is missing.
  return mapping as unknown as EventColumns | CountColumns;
}

const COLUMN_KEYS = [
  'time',
  'timeUnit',
  'application',
  'useCase',
  'architecture',
  'variant',
  'inputs',
  'latency',
  'latencyUnit',
  'accuracyPercent',
  'inputTokens',
  'outputTokens',
  'count',
  'interval',
];
const UNITS: Readonly<Record<string, readonly string[]>> = {
  timeUnit: ['s', 'ms', 'us', 'ns', 'iso8601'],
  latencyUnit: ['s', 'ms', 'us', 'ns'],
};

/** A misspelt key or unit must not be read as none: times would be off by a factor. */
function checkMapping(mapping: Readonly<Record<string, string | number>>, text: string): void {
  if ('time' in mapping && !('timeUnit' in mapping)) {
    throw new InvalidArgumentError(`found ${text}; timeUnit is missing: ${UNITS['timeUnit']?.join(', ') ?? ''}`);
  }
  for (const [key, value] of Object.entries(mapping)) {
    if (!COLUMN_KEYS.includes(key)) {
      throw new InvalidArgumentError(`found ${text}; ${key} is none of ${COLUMN_KEYS.join(', ')}`);
    }
    const units = UNITS[key];
    if (units !== undefined && !units.includes(String(value))) {
      throw new InvalidArgumentError(`found ${key}=${value}; expected ${units.join(', ')}`);
    }
  }
}
