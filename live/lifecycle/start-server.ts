/**
 * Puts a running server together, and takes it apart again. The order is the point: what answers clients opens last and
 * closes first, and the state folder is locked before anything else and given back after everything else.
 */
import { createHandlers } from '../../backends/index.ts';
import { createGate } from '../auth/index.ts';
import { removeServerFile, writeServerFile } from '../control/index.ts';
import type { ListenerStatus, ServerStatus } from '../control/index.ts';
import { Statistics } from '../open-inference/index.ts';
import { Registry, toServedVariants } from '../registry/index.ts';
import { Service } from '../service/index.ts';
import { openStore } from '../store/index.ts';
import { startTelemetry } from '../telemetry/index.ts';
import type { Telemetry } from '../telemetry/index.ts';
import { CommandMachines, CommandProvisioner } from '../world/index.ts';
import type { MachinesEnding } from '../world/index.ts';
import { Closers } from './closers.ts';
import { openListeners } from './listeners.ts';
import { machinesFailed } from './lifecycle-errors.ts';
import { openModels } from './open-models.ts';
import { selfTest } from './self-test.ts';
import type { SelfTestReport } from './self-test.ts';
import type { ServerOptions } from './server-options.ts';

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
    const service = await this.startService(registry);
    const connections: (readonly [string, () => number])[] = [];
    const telemetry = this.startTelemetry(service, connections);
    const warn = (text: string): void => telemetry.logger.warn(text);
    const gate = createGate({ store, options: options.auth, warn });
    closers.add(() => gate.close());
    const stop = (machines: MachinesEnding): Promise<void> => this.stop(service, machines);
    const server = (): ServerStatus => this.status();
    const statistics = new Statistics();
    const endStatistics = service.observe(statistics);
    closers.add(endStatistics);
    const models = await openModels({ options, service, registry, handlers, note: warn });
    const reached = { options, service, handlers, store, statistics, telemetry, gate, closers, connections };
    this.listeners.push(...(await openListeners({ ...reached, ...models, server, stop })));
    this.tell('starting');
    const report = await selfTest({ service, url: this.listeners[0].address, isSigned: () => gate.isOn });
    this.tell('ready');
    return { service, telemetry, status: this.status(), selfTest: report, ended, stop };
  }

  private async startService(registry: Registry): Promise<Service> {
    const { options, closers } = this;
    const { blueprint } = options;
    const machines = options.machines && new CommandMachines(options.machines);
    if (machines !== undefined) {
      closers.add(async () => {
        await machines.close(this.machinesEnding);
      });
      const initial = blueprint.machines.map(({ type, initial: count }) => [type, count] as const);
      const failures = await machines.prepare(new Map(initial));
      if (failures.length > 0) throw machinesFailed(failures);
    }
    const provisioner =
      machines === undefined
        ? undefined
        : (parts: ConstructorParameters<typeof CommandProvisioner>[0]) => new CommandProvisioner(parts, machines);
    const registered = toServedVariants(registry.list().filter(({ loaded }) => loaded));
    const service = await Service.start({ ...blueprint, provisioner }, registered);
    closers.add(async () => {
      machines?.retain();
      await service.stop();
    });
    return service;
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
    closers.add(() => telemetry.close());
    return telemetry;
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
