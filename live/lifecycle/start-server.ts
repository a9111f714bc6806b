/**
 * Puts a running server together, and takes it apart again. The order is the point: what answers clients opens last and
 * closes first, and the state folder is locked before anything else and given back after everything else.
 */
import { createHandlers } from '../../backends/index.ts';
import { createGate } from '../auth/index.ts';
import { removeServerFile, writeServerFile } from '../control/index.ts';
import type { ListenerStatus, ServerStatus } from '../control/index.ts';
import { Statistics } from '../open-inference/index.ts';
import { OfflineJobs } from '../offline/index.ts';
import { Registry } from '../registry/index.ts';
import type { Service } from '../service/index.ts';
import { openStore } from '../store/index.ts';
import { startTelemetry } from '../telemetry/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { MachinesEnding } from '../world/index.ts';
import { Closers } from './closers.ts';
import { openListeners } from './listeners.ts';
import { openModels } from './open-models.ts';
import { selfTest } from './self-test.ts';
import type { SelfTestReport } from './self-test.ts';
import type { ServerOptions } from './server-options.ts';
import { startService } from './start-service.ts';

export interface Server {
  readonly service: Service;
  readonly telemetry: Telemetry;
  readonly status: ServerStatus;
  readonly selfTest: SelfTestReport;
  /** Fulfilled when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Takes no more queries, answers those there are, then closes everything. A second call waits for the first. */
  stop(machines: MachinesEnding): Promise<void>;
}

/**
 * A server that answers, after it has tried itself.
 *
 * @throws ServingError or ServingErrors when it cannot begin: STORE_IN_USE when another one has the state folder,
 * HTTP_LISTEN_FAILED when an address is taken, LIVE_SELF_TEST when it does not answer as it should. Nothing of it is
 * left then.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const closers = new Closers();
  const starting = new StartingServer(options, closers);
  try {
    return await starting.begin();
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

class StartingServer {
  private readonly options: ServerOptions;
  private readonly closers: Closers;
  private readonly startedMs = Date.now();
  private readonly listeners: ListenerStatus[] = [];
  /** What becomes of machines; those of a start that fails are stopped. */
  private machinesEnding: MachinesEnding = 'stop';
  private stopping: Promise<void> | undefined;
  private logger: Telemetry['logger'] | undefined;
  private readonly unwritten: string[] = [];
  private markEnded: () => void = () => undefined;

  constructor(options: ServerOptions, closers: Closers) {
    this.options = options;
    this.closers = closers;
  }

  async begin(): Promise<Server> {
    const { options, closers } = this;
    const ended = new Promise<void>((resolve) => {
      this.markEnded = resolve;
    });
    const store = openStore(options.state, { role: 'server' });
    closers.add(() => store.close());
    this.tell('starting');
    closers.add(() => removeServerFile(options.state));
    const registry = new Registry(store);
    registry.sweep();
    const handlers = await createHandlers(options.handlers);
    const warn = (text: string): void => this.warn(text);
    const jobs = new OfflineJobs({ store, handlers, options: options.offline, warn });
    closers.add(() => jobs.close());
    const machinesEnding = (): MachinesEnding => this.machinesEnding;
    const service = await startService({ options, registry, offline: jobs, closers, machinesEnding, warn });
    const connections: (readonly [string, () => number])[] = [];
    const telemetry = this.startTelemetry(service, connections);
    const gate = createGate({ store, options: options.auth, warn });
    closers.add(() => gate.close());
    const stop = (machines: MachinesEnding): Promise<void> => this.stop(service, machines);
    const server = (): ServerStatus => this.status();
    const statistics = new Statistics();
    const endStatistics = service.observe(statistics);
    closers.add(endStatistics);
    const models = await openModels({ options, service, registry, handlers, note: warn });
    const reached = { options, service, handlers, store, statistics, jobs, telemetry, gate, closers, connections };
    this.listeners.push(...(await openListeners({ ...reached, ...models, server, stop })));
    this.tell('starting');
    const report = await selfTest({ service, url: this.listeners[0].address, isSigned: () => gate.isOn });
    this.tell('ready');
    return { service, telemetry, status: this.status(), selfTest: report, ended, stop };
  }

  private startTelemetry(service: Service, connections: readonly (readonly [string, () => number])[]): Telemetry {
    const { options, closers } = this;
    const { machineTypes } = options.blueprint;
    const telemetry = startTelemetry(options.telemetry, {
      service,
      version: options.version,
      priceUsdPerHour: (type) => machineTypes.find(({ name }) => name === type)?.pricePerHourUsd,
      connections: () => connections.map(([listener, open]) => [listener, open()]),
      environment: process.env,
    });
    closers.add(async () => {
      this.logger = undefined;
      await telemetry.close();
    });
    this.logger = telemetry.logger;
    for (const text of this.unwritten.splice(0)) this.warn(text);
    return telemetry;
  }

  /** What is told before there is a log waits for it; what is told after it goes where an operator may see it. */
  private warn(text: string): void {
    if (this.logger !== undefined) this.logger.warn(text);
    else if (this.stopping !== undefined) process.emitWarning(text);
    else this.unwritten.push(text);
  }

  private stop(service: Service, machines: MachinesEnding): Promise<void> {
    this.stopping ??= this.takeApart(service, machines);
    return this.stopping;
  }

  private async takeApart(service: Service, machines: MachinesEnding): Promise<void> {
    this.machinesEnding = machines;
    this.tell('stopping');
    await service.drain(this.options.drainTimeoutMs);
    await this.closers.closeAll();
    this.markEnded();
  }

  private status(): ServerStatus {
    const { version, config, policySet, state, machines } = this.options;
    const about = { version, config, policySet, state, pid: process.pid, startedMs: this.startedMs };
    return { ...about, hasMachineCommands: machines !== undefined, listeners: this.listeners };
  }

  private tell(state: 'starting' | 'ready' | 'stopping'): void {
    const { startedMs, listeners, options } = this;
    const url = listeners[0]?.address ?? '';
    const { version } = options;
    writeServerFile(options.state, { pid: process.pid, startedMs, state, version, url, listeners: [...listeners] });
  }
}
