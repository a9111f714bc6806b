/** The flags of `serve`, and the same flags as a command line for a process in the background. */
import { InvalidArgumentError } from 'commander';
import type { ServiceOverrides } from '../../experiments/index.ts';

export interface ServeFlags {
  readonly config?: string;
  readonly policy?: string;
  readonly state?: string;
  readonly host?: string;
  readonly port?: number;
  readonly grpcPort?: number;
  readonly machines?: readonly string[];
  readonly set?: readonly string[];
  readonly torchserveConfig?: string;
  readonly background?: boolean;
  readonly json?: boolean;
}

export function overridesOf({ policy, host, port, grpcPort, machines, set }: ServeFlags): ServiceOverrides {
  return { policy, host, port, grpcPort, machines, set };
}

/** The command line of the same service in the foreground. */
export function foregroundArgs(flags: ServeFlags): string[] {
  const { config, policy, state, host, port, grpcPort, machines = [], set = [] } = flags;
  const single: readonly (readonly [string, string | undefined])[] = [
    ['--config', config],
    ['--policy', policy],
    ['--state', state],
    ['--host', host],
    ['--port', port === undefined ? undefined : String(port)],
    ['--grpc-port', grpcPort === undefined ? undefined : String(grpcPort)],
  ];
  return [
    'serve',
    ...single.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value])),
    ...machines.flatMap((value) => ['--machines', value]),
    ...set.flatMap((value) => ['--set', value]),
  ];
}

export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function portNumber(written: string): number {
  const value = Number(written);
  if (/^\d+$/.test(written) && value <= 65_535) return value;
  throw new InvalidArgumentError('expected a port from 0 to 65535; 0 lets the system choose');
}
