/** Starts the service behind the listeners: its machines first, then the actors with what was registered before. */
import type { OfflineKeeper } from '../service/index.ts';
import { Service } from '../service/index.ts';
import type { Registry } from '../registry/index.ts';
import { toServedVariants } from '../registry/index.ts';
import type { LocalProvisionerParts, MachinesEnding } from '../world/index.ts';
import { CommandMachines, CommandProvisioner } from '../world/index.ts';
import type { Closers } from './closers.ts';
import { machinesFailed } from './lifecycle-errors.ts';
import type { ServerOptions } from './server-options.ts';

export interface ServiceStart {
  readonly options: ServerOptions;
  readonly registry: Registry;
  readonly offline: OfflineKeeper;
  readonly closers: Closers;
  /** What becomes of machines, asked when the service has ended. */
  readonly machinesEnding: () => MachinesEnding;
  readonly warn: (text: string) => void;
}

/** @throws ServingErrors LIVE_MACHINES when a machine of the start cannot be started, and what `Service.start` throws. */
export async function startService(start: ServiceStart): Promise<Service> {
  const { options, registry, offline, closers, warn } = start;
  const machines = await startMachines(start);
  const provisioner =
    machines && ((parts: LocalProvisionerParts): CommandProvisioner => new CommandProvisioner(parts, machines));
  const registered = toServedVariants(registry.list().filter(({ loaded }) => loaded));
  const blueprint = {
    ...options.blueprint,
    variants: registry.withKeptBounds(options.blueprint.variants),
    keepBounds: registry.keepBounds.bind(registry),
    offline,
    provisioner,
  };
  const service = await Service.start(blueprint, registered, ({ name, version, reason }) => {
    warn(`${name}, version ${version}, is registered and cannot be served with the others: ${reason}`);
  });
  for (const { name, version, lastFailure } of service.snapshot().variants) {
    if (lastFailure !== undefined) warn(`the service starts without workers of ${name}, ${version}: ${lastFailure}`);
  }
  closers.add(async () => {
    machines?.retain();
    await service.stop();
  });
  return service;
}

async function startMachines(start: ServiceStart): Promise<CommandMachines | undefined> {
  const { options, closers, machinesEnding, warn } = start;
  if (options.machines === undefined) return undefined;
  const machines = new CommandMachines(options.machines);
  closers.add(async () => {
    for (const failure of await machines.close(machinesEnding())) warn(failure);
  });
  const initial = options.blueprint.machines.map(({ type, initial: count }) => [type, count] as const);
  const failures = await machines.prepare(new Map(initial));
  if (failures.length > 0) throw machinesFailed(failures);
  return machines;
}
