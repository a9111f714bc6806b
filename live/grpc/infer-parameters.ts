/** Parameters of requests and answers: protobuf's `oneof` on the wire, plain values inside. */
import type { Parameters, ParameterValue } from '../open-inference/index.ts';
import type { Long64 } from './long.ts';
import { longToBigInt, longToNumber } from './long.ts';
import type { InferParameter, InferParameters } from './messages.ts';

/** A request's parameters; one whose value is missing is left out. */
export function readParameters(parameters: InferParameters): Parameters {
  const values = new Map<string, ParameterValue>();
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = valueOf(parameter);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}

/** An answer's parameters. */
export function writeParameters(parameters: Iterable<readonly [name: string, value: ParameterValue]>): InferParameters {
  return Object.fromEntries([...parameters].map(([name, value]) => [name, parameterOf(value)]));
}

function valueOf(parameter: InferParameter): ParameterValue | undefined {
  const { bool_param, int64_param, string_param, double_param, uint64_param } = parameter;
  const long = int64_param ?? uint64_param;
  return bool_param ?? string_param ?? double_param ?? (long === undefined ? undefined : integerOf(long));
}

/** Exact: a big integer where a number would round. */
function integerOf(long: Long64): number | bigint {
  return longToNumber(long) ?? longToBigInt(long);
}

function parameterOf(value: ParameterValue): InferParameter {
  switch (typeof value) {
    case 'boolean':
      return { bool_param: value };
    case 'string':
      return { string_param: value };
    case 'bigint':
      return { int64_param: longOf(value) };
    case 'number':
      return Number.isSafeInteger(value) ? { int64_param: longOf(BigInt(value)) } : { double_param: value };
  }
}

function longOf(value: bigint): Long64 {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false };
}
