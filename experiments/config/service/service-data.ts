/**
 * The data of a service's file as it is read: with what the command line says in its place, and with what the file
 * leaves out. Whether it is valid is judged later.
 */
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ValuePath } from '../../../backends/index.ts';
import { repositoryRoot } from '../../../backends/index.ts';
import { ServingError, ServingErrors } from '../../../core/index.ts';
import { parseYamlFile } from '../parse-yaml.ts';
import { findPath, isWithin, valueAt, withValue } from '../value-path.ts';

/** What a command line says against the file. */
export interface ServiceOverrides {
  /** The policy set to deploy, where the file has several. */
  readonly policy?: string | undefined;
  /** The address that all listeners listen at. */
  readonly host?: string | undefined;
  /** The port of the main listener. */
  readonly port?: number | undefined;
  /** The port of the gRPC listener, which is on then. */
  readonly grpcPort?: number | undefined;
  /** Machines as INFaaS's start script takes them: `p3.2xlarge=1:4:1` for the initial, maximum and slack count. */
  readonly machines?: readonly string[] | undefined;
  /** Values by path, as in the file: `service.http.port=0`. They come last. */
  readonly set?: readonly string[] | undefined;
}

/** Whole sections that a file may leave out; they are then those of the bundled service. */
const BUNDLED_SECTIONS = ['catalogue', 'fleet', 'policies'];

/**
 * Where a service should differ from an experiment whose file says nothing: a client must not wait for ever, what is open
 * at once is held in memory, and models that are registered later may come with mean latencies of a few batches only.
 */
const SERVICE_DEFAULTS: readonly (readonly [ValuePath, unknown])[] = [
  [['catalogue', 'sampling'], 'mean'],
  [['catalogue', 'extrapolate'], true],
  [['fleet', 'start_on_request'], true],
  [['limits', 'timeout'], '60 s'],
  [['limits', 'open_requests'], 10_000],
];

/** The file of the bundled service, absolute. */
export function bundledService(): string {
  return join(repositoryRoot(), 'experiments', 'configs', 'service', 'serve.yaml');
}

/** The data, and which of it an option of the command line says. */
export interface ServiceData {
  readonly data: unknown;
  /** The option that a value comes from, as it was written; undefined for what stands in the file. */
  readonly optionAt: (path: ValuePath) => string | undefined;
}

/** @throws {ServingErrors} `CLI_SET`, `CLI_MACHINES` when what the command line says cannot be put in place. */
export function serviceData(written: unknown, overrides: ServiceOverrides): ServiceData {
  let data: unknown = written ?? {};
  if (typeof data !== 'object' || Array.isArray(data)) return { data, optionAt: () => undefined };
  const bundled = parseYamlFile(bundledService()).data;
  for (const key of BUNDLED_SECTIONS) {
    if (valueAt(data, [key]) === undefined) data = withValue(data, [key], valueAt(bundled, [key]));
  }
  const said: Said[] = [];
  data = overridden(data, overrides, said);
  for (const [path, value] of SERVICE_DEFAULTS) {
    const home = valueAt(data, path.slice(0, -1)) ?? {};
    const isMap = typeof home === 'object' && !Array.isArray(home);
    if (isMap && valueAt(data, path) === undefined) data = withValue(data, path, value);
  }
  // What came last is in force.
  const optionAt = (path: ValuePath): string | undefined => said.findLast(({ at }) => isWithin(path, at))?.option;
  return { data, optionAt };
}

interface Said {
  readonly at: ValuePath;
  readonly option: string;
}

function overridden(written: unknown, overrides: ServiceOverrides, said: Said[]): unknown {
  const { host, port, grpcPort, machines = [], set = [] } = overrides;
  let data = written;
  const put = (at: ValuePath, value: unknown, option: string): void => {
    data = withValue(data, at, value);
    said.push({ at, option });
  };
  if (host !== undefined) {
    for (const listener of ['http', 'grpc', 'torchserve']) {
      const settings = valueAt(data, ['service', listener]);
      const isMap = typeof settings === 'object' && settings !== null;
      const isSaid = isMap || settings === 'on' || settings === true;
      const isOn = isSaid || (settings === undefined && listener !== 'torchserve');
      if (isOn) put(['service', listener, 'host'], host, `--host ${host}`);
    }
  }
  if (port !== undefined) put(['service', 'http', 'port'], port, `--port ${port}`);
  if (grpcPort !== undefined) put(['service', 'grpc', 'port'], grpcPort, `--grpc-port ${grpcPort}`);
  for (const counts of machines) {
    for (const { at, value } of machineCounts(counts)) put(at, value, `--machines ${counts}`);
  }
  for (const assignment of set) {
    const { at, value } = assigned(data, assignment);
    put(at, value, `--set ${assignment}`);
  }
  return data;
}

interface Assigned {
  readonly at: ValuePath;
  readonly value: unknown;
}

function machineCounts(written: string): Assigned[] {
  const [, type, initial, max = initial, slack] = /^([^=]+)=(\d+)(?::(\d+))?(?::(\d+))?$/.exec(written) ?? [];
  if (type === undefined) {
    throw new ServingErrors([
      new ServingError({
        code: 'CLI_MACHINES',
        place: '--machines',
        message: 'this is no count of machines',
        found: written,
        expected: 'a machine type with its initial, maximum and slack count, such as p3.2xlarge=1:4:1 or cpu-2=2',
      }),
    ]);
  }
  const counts = { at: ['fleet', 'machines', type], value: { count: Number(initial), max: Number(max) } };
  return slack === undefined ? [counts] : [counts, { at: ['service', 'slack', type], value: Number(slack) }];
}

function assigned(data: unknown, assignment: string): Assigned {
  const at = assignment.indexOf('=');
  const path = at > 0 ? findPath(data, assignment.slice(0, at).trim()) : undefined;
  if (path === undefined) throw badAssignment(assignment);
  try {
    const value: unknown = parse(assignment.slice(at + 1));
    return { at: path, value };
  } catch (cause) {
    throw badAssignment(assignment, cause);
  }
}

function badAssignment(found: string, cause?: unknown): ServingErrors {
  return new ServingErrors([
    new ServingError({
      code: 'CLI_SET',
      place: '--set',
      message: 'this is no value of the config',
      found,
      expected: 'the path of a value and the value, such as service.http.port=0 or fleet.machines.cpu-2=2',
      cause,
    }),
  ]);
}
