/**
 * Entry of the server's process: the service of a config, as `rehearse serve` starts it, which also tells what it takes
 * of the processor and where. Arguments: the config, the state folder.
 */
import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector';
import { residentBytes } from '../../../backends/index.ts';
import { serverOptions } from '../../../cli/service/server-options.ts';
import { loadService } from '../../../experiments/index.ts';
import { startServer } from '../../../live/lifecycle/index.ts';
import { childrenOf, processorUsOf } from './processor-time.ts';
import { answerCalls } from './tool.ts';

export interface ServerUsage {
  /** User and system time of the server's process so far. */
  readonly cpuUs: number;
  readonly residentBytes: number;
  /** Of all its engines together. */
  readonly engineCpuUs: number;
  readonly engineResidentBytes: number;
}

/** Calls of the server's process. */
export type ServerCalls = {
  readonly addresses: { readonly takes: undefined; readonly gives: Readonly<Record<string, string>> };
  readonly usage: { readonly takes: undefined; readonly gives: ServerUsage };
  readonly startProfile: { readonly takes: undefined; readonly gives: undefined };
  readonly stopProfile: { readonly takes: undefined; readonly gives: Profiler.Profile };
};

/** Samples this far apart cost about a tenth of the throughput, and are dense enough for shares of folders. */
const SAMPLING_US = 500;

const [config, state] = process.argv.slice(2);
const starting = loadService(config).then((loaded) => startServer(serverOptions(loaded, state)));
const session = new Session();

answerCalls<ServerCalls>(
  {
    addresses: async () => {
      const { status } = await starting;
      return Object.fromEntries(status.listeners.map(({ protocol, address }) => [protocol, address]));
    },
    usage: () => {
      const { user, system } = process.cpuUsage();
      const engines = childrenOf(process.pid);
      return {
        cpuUs: user + system,
        residentBytes: process.memoryUsage.rss(),
        engineCpuUs: sum(engines.map(processorUsOf)),
        engineResidentBytes: sum(engines.map((pid) => residentBytes(pid) ?? 0)),
      };
    },
    startProfile: async () => {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US });
      await session.post('Profiler.start');
      return undefined;
    },
    stopProfile: async () => {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return profile;
    },
  },
  async () => (await starting).stop('stop'),
);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
