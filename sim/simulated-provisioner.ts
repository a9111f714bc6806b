/** Machines that boot in the time the catalogue says. */
import type { Catalogue, Fleet, Generation, MachineId, Provisioner } from '../core/index.ts';
import { PHASE_MACHINES, machineAt } from '../core/index.ts';
import type { Kernel } from './kernel.ts';

export class SimulatedProvisioner implements Provisioner {
  /** While true, machines boot at once: the initial machines are up when the run begins. */
  preloading = true;
  private readonly kernel: Kernel;
  private readonly catalogue: Catalogue;
  private readonly fleet: Fleet;

  constructor(parts: { readonly kernel: Kernel; readonly catalogue: Catalogue; readonly fleet: Fleet }) {
    this.kernel = parts.kernel;
    this.catalogue = parts.catalogue;
    this.fleet = parts.fleet;
  }

  boot(machine: MachineId, generation: Generation): void {
    const { bootNs } = this.catalogue.machineTypes[this.fleet.machines.type[machine]];
    if (this.preloading) this.kernel.send(machineAt(machine), { type: 'machine.booted', generation });
    else this.answer(machine, bootNs, { type: 'machine.booted', generation });
  }

  stop(machine: MachineId, generation: Generation): void {
    this.answer(machine, 0, { type: 'machine.stopped', generation });
  }

  private answer(machine: MachineId, afterNs: number, message: Parameters<Kernel['schedule']>[3]): void {
    this.kernel.schedule(this.kernel.now + afterNs, PHASE_MACHINES, machineAt(machine), message);
  }
}
