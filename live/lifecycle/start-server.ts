/**
 * Puts a running server together, and takes it apart again. The order is the point: what answers clients opens last and
 * closes first, and the state folder is locked before anything else and given back after everything else.
 */
import { resolve as absolute } from 'node:path';
import { createHandlers } from '../../backends/index.ts';
import { createGate } from '../auth/index.ts';
import type { ListenerStatus, ServerStatus } from '../control/index.ts';
import { Statistics } from '../open-inference/index.ts';
import { OfflineJobs } from '../offline/index.ts';
import { Registry } from '../registry/index.ts';
import type { Service } from '../service/index.ts';
import { openStore, removeServerFile, writeServerFile } from '../store/index.ts';
import { startTelemetry } from '../telemetry/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import type { MachinesEnding } from '../world/index.ts';
import { Closers } from './closers.ts';
import { openListeners } from './listeners.ts';
import { openModels } from './open-models.ts';
import type { OpenModels } from './open-models.ts';
import { reportText, selfTest } from './self-test.ts';
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
    await starting.abandon();
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
  private isOver = false;
  private markBegun: () => void = () => undefined;
  /** Fulfilled when the start has come to a good end: what is stopped before is taken apart then, whole. */
  private readonly begun = new Promise<void>((resolve) => {
    this.markBegun = resolve;
  });
  private tested = '';
  private repository: Pick<OpenModels['repository'], 'failures'> | undefined;
  private logger: Telemetry['logger'] | undefined;
  private readonly drains: (() => void)[] = [];
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
    const telemetry = await this.startTelemetry(service, connections);
    const gate = createGate({ store, options: options.auth, warn });
    closers.add(() => gate.close());
    const stop = (machines: MachinesEnding): Promise<void> => this.stop({ service, manager: models.manager }, machines);
    const server = (): ServerStatus => this.status();
    const statistics = new Statistics();
    const endStatistics = service.observe(statistics);
    closers.add(endStatistics);
    const models = await openModels({ options, service, registry, handlers, note: warn });
    this.repository = models.repository;
    closers.add(() => models.manager.close());
    const { drains } = this;
    const reached = {
      drains,
      options,
      service,
      handlers,
      store,
      statistics,
      jobs,
      telemetry,
      gate,
      closers,
      connections,
    };
    this.listeners.push(...(await openListeners({ ...reached, ...models, server, stop })));
    this.tell('starting');
    const report = await selfTest({ service, url: ownAddress(this.listeners[0].address), isSigned: () => gate.isOn });
    this.tested = reportText(report);
    this.tell('ready');
    this.markBegun();
    return { service, telemetry, status: this.status(), selfTest: report, ended, stop };
  }

  private async startTelemetry(
    service: Service,
    connections: readonly (readonly [string, () => number])[],
  ): Promise<Telemetry> {
    const { options, closers } = this;
    const { machineTypes } = options.blueprint;
    const telemetry = await startTelemetry(options.telemetry, {
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
    else if (this.isOver) process.emitWarning(text);
    else this.unwritten.push(text);
  }

  /** Takes back a start that failed, and says what did not go well on the way: nobody reads a log of it. */
  async abandon(): Promise<void> {
    this.isOver = true;
    await this.closeAll();
    for (const text of this.unwritten.splice(0)) process.emitWarning(text);
  }

  private stop(
    parts: Pick<OpenModels, 'manager'> & { readonly service: Service },
    machines: MachinesEnding,
  ): Promise<void> {
    this.stopping ??= this.begun.then(() => this.takeApart(parts, machines));
    return this.stopping;
  }

  private async takeApart(
    { service, manager }: Pick<OpenModels, 'manager'> & { readonly service: Service },
    machines: MachinesEnding,
  ): Promise<void> {
    this.isOver = true;
    this.machinesEnding = machines;
    this.tell('stopping');
    // What measures a model is broken off; what is about to serve one may end.
    void manager.close();
    for (const drain of this.drains) drain();
    const open = await service.drain(this.options.drainTimeoutMs);
    if (open > 0) this.warn(`${open} queries were open when the time for the end was over: they are lost`);
    await this.closeAll();
    this.markEnded();
  }

  private async closeAll(): Promise<void> {
    for (const error of await this.closers.closeAll()) {
      this.warn(`a part of the service did not end well: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private status(): ServerStatus {
    const { version, config, policySet, state, machines } = this.options;
    const about = { version, config, policySet, state, pid: process.pid, startedMs: this.startedMs };
    const listeners = [...this.listeners];
    const failedModels = this.repository?.failures() ?? [];
    const shown = { listeners, failedModels, ...this.pages(), selfTest: this.tested };
    return { ...about, hasMachineCommands: machines !== undefined, ...shown };
  }

  /** Pages of the main listener. */
  private pages(): Pick<ServerStatus, 'dashboard' | 'metrics'> {
    const address = this.listeners[0]?.address ?? '';
    if (address === '') return { dashboard: '', metrics: '' };
    const dashboard = this.options.dashboard === undefined ? '' : `${address}/dashboard`;
    return { dashboard, metrics: `${address}/metrics` };
  }

  private tell(state: 'starting' | 'ready' | 'stopping'): void {
    const { startedMs, listeners, options } = this;
    const url = ownAddress(listeners[0]?.address ?? '');
    const { version, policySet } = options;
    const config = absolute(options.config);
    const failedModels = [...(this.repository?.failures() ?? [])];
    const about = { config, policySet, failedModels, ...this.pages(), selfTest: this.tested };
    const content = { pid: process.pid, startedMs, state, version, url, listeners: [...listeners], ...about };
    try {
      writeServerFile(options.state, content);
    } catch (error) {
      // A disk that is full keeps nobody from ending.
      if (state !== 'stopping') throw error;
      this.warn(`the state folder cannot be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Where this host reaches a listener: one at all addresses is reached at the loopback one, which management is open to. */
function ownAddress(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
