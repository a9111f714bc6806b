/**
 * The host as a machine type, `host`: a service on this machine alone needs no price list. An experiment has no such
 * type, since its results should not depend on where it is run.
 */
import { availableParallelism, totalmem } from 'node:os';
import type { CatalogueDefinitions, MachineTypeDefinition } from '../../../backends/index.ts';

export const HOST = 'host';

/** The definitions with the host among the machine types, unless a file of the config defines a `host` of its own. */
export function withHost(definitions: CatalogueDefinitions): CatalogueDefinitions {
  const { machineTypes } = definitions;
  if (machineTypes.some(({ name }) => name === HOST)) return definitions;
  return { ...definitions, machineTypes: [...machineTypes, hostMachine()] };
}

function hostMachine(): MachineTypeDefinition {
  return {
    name: HOST,
    source: 'this host: its cores and memory when the service starts',
    cores: availableParallelism(),
    memoryBytes: hostMemoryBytes(),
    pricePerHourUsd: 0,
    reservedPricePerHourUsd: 0,
    bootNs: 0,
    idleWatts: 0,
    busyWatts: 0,
    origin: { place: HOST, folder: process.cwd() },
  };
}

/** What the host has, or a container may use of it. */
function hostMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}
