/**
 * The parameters of requests, inputs and outputs. Ours among them state the objectives of a query, on any model:
 * `latency_ms` and `accuracy_percent`; `timeout`, in microseconds, is Triton's. Unknown ones are let be, as the
 * protocol wants, unless they are a slip of one of ours.
 */
import { closest, distance } from 'fastest-levenshtein';
import type { Nanos, Percent } from '../../core/index.ts';
import { milliseconds, NANOS_PER_MICROSECOND, NEVER } from '../../core/index.ts';
import { HttpRefusal } from '../http/index.ts';
import { quoted } from './client-text.ts';

export type ParameterValue = string | number | bigint | boolean;
export type Parameters = ReadonlyMap<string, ParameterValue>;

export const NO_PARAMETERS: Parameters = new Map();

export interface Objectives {
  /** `NEVER` when none is stated. */
  readonly latencyNs: Nanos;
  /** 0 when none is stated. */
  readonly accuracyPercent: Percent;
  readonly timeoutNs: Nanos | undefined;
}

/** What a request may not ask for, with the reason. */
const NOT_OFFERED: Readonly<Record<string, string>> = {
  sequence_id: 'sequences of requests are not offered',
  shared_memory_region: 'shared memory is not offered; send the data with the request',
};
const DAY_MS = 86_400_000;

/** @throws HttpRefusal 400 for objectives out of their range and for what is not offered. */
export function readObjectives(parameters: Parameters): Objectives {
  refuseNotOffered(parameters);
  refuseSlips(parameters);
  const latencyMs = numberOf(parameters, 'latency_ms', { most: DAY_MS, isPositive: true });
  const timeoutUs = numberOf(parameters, 'timeout', { most: DAY_MS * 1000, isInteger: true }) ?? 0;
  return {
    latencyNs: latencyMs === undefined ? NEVER : milliseconds(latencyMs),
    accuracyPercent: numberOf(parameters, 'accuracy_percent', { most: 100 }) ?? 0,
    // Triton's way to say that there is none.
    timeoutNs: timeoutUs === 0 ? undefined : timeoutUs * NANOS_PER_MICROSECOND,
  };
}

/** Ours, and how they begin: a query whose objective is misspelt would be answered without it. */
const OURS = ['latency_ms', 'accuracy_percent', 'timeout'] as const;
const BEGINNINGS = /^(?:latency|accuracy|timeout)/;
/** Two letters wrong, too many or missing. */
const SLIPS_MAX = 2;

function refuseSlips(parameters: Parameters): void {
  for (const name of parameters.keys()) {
    const written = name.slice(0, NAME_READ).toLowerCase();
    if (OURS.some((own) => own === name)) continue;
    const near = closest(written, OURS);
    const [start] = BEGINNINGS.exec(written) ?? [''];
    if (start === '' && distance(written, near) > SLIPS_MAX) continue;
    const meant = start === '' ? near : (OURS.find((own) => own.startsWith(start)) ?? near);
    throw new HttpRefusal(400, `unknown parameter ${quoted(name)}; did you mean ${quoted(meant)}?`);
  }
}

/** Names that are longer are none of ours, and to compare them takes time. */
const NAME_READ = 64;

/** @throws HttpRefusal 400 */
export function refuseNotOffered(parameters: Parameters): void {
  for (const [name, reason] of Object.entries(NOT_OFFERED)) {
    const value = parameters.get(name);
    if (value !== undefined && value !== 0 && value !== 0n && value !== '') throw new HttpRefusal(400, reason);
  }
}

/** @throws HttpRefusal 400 when the parameter is there and no boolean. */
export function flagOf(parameters: Parameters, name: string, where: string): boolean | undefined {
  const value = parameters.get(name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw new HttpRefusal(
    400,
    `${where}: parameter ${name} got ${JSON.stringify(String(value))}, expected true or false`,
  );
}

/** From 0, or above it. */
interface Range {
  readonly most: number;
  readonly isPositive?: boolean;
  readonly isInteger?: boolean;
}

/** Numbers may come as text, since the protocol's first form over gRPC has no fractions. */
function numberOf(parameters: Parameters, name: string, range: Range): number | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  const { most, isPositive = false, isInteger = false } = range;
  const number = typeof value === 'boolean' || value === '' ? Number.NaN : Number(value);
  const isAbove = isPositive ? number > 0 : number >= 0;
  if (isAbove && number <= most && (!isInteger || Number.isInteger(number))) return number;
  const kind = isInteger ? 'an integer' : 'a number';
  const shown = JSON.stringify(String(value).slice(0, 40));
  throw new HttpRefusal(
    400,
    `parameter ${name} got ${shown}, expected ${kind} ${isPositive ? 'above' : 'from'} 0 to ${most}`,
  );
}
