/**
 * The provisioner port of one world over the machines of the user's commands. A boot ends when the start command has
 * ended well, or at once where another world's machine can be shared; a stop ends when the machine is given back.
 */
import type { Generation, MachineId, Message } from '../../core/index.ts';
import { PHASE_MACHINES, machineAt } from '../../core/index.ts';
import type { CommandMachine, CommandMachines } from './command-machines.ts';
import type { LiveProvisioner } from './live-world.ts';
import type { LocalProvisionerParts } from './local-provisioner.ts';

export class CommandProvisioner implements LiveProvisioner {
  private readonly parts: LocalProvisionerParts;
  private readonly machines: CommandMachines;
  /** What the world's machines stand for; a boot that is still under way has its promise. */
  private readonly held = new Map<MachineId, Promise<CommandMachine | undefined>>();

  constructor(parts: LocalProvisionerParts, machines: CommandMachines) {
    this.parts = parts;
    this.machines = machines;
  }

  boot(machine: MachineId, generation: Generation): void {
    const { catalogue, fleet, world } = this.parts;
    const type = catalogue.machineTypes[fleet.machines.type[machine]].name;
    const taken = this.machines.take(type, this);
    if (taken === undefined) {
      this.held.set(machine, this.start(machine, generation, type));
      return;
    }
    this.held.set(machine, Promise.resolve(taken));
    const booted = { type: 'machine.booted', generation } as const;
    if (world.now === 0) world.send(machineAt(machine), booted);
    else world.setTimer(machineAt(machine), world.now, booted, PHASE_MACHINES);
  }

  stop(machine: MachineId, generation: Generation): void {
    const held = this.held.get(machine);
    this.held.delete(machine);
    void this.giveBack(held).then(() => this.tell(machine, { type: 'machine.stopped', generation }));
  }

  notes(): readonly string[] {
    return this.machines.notes();
  }

  /** Leaves what an ended world still holds to the next one; a boot that is under way does not keep the end. */
  async close(): Promise<void> {
    const held = [...this.held.values()];
    this.held.clear();
    for (const each of held) {
      void each.then((machine) => {
        if (machine !== undefined) this.machines.release(machine, this);
      });
    }
  }

  private async start(machine: MachineId, generation: Generation, type: string): Promise<CommandMachine | undefined> {
    const started = await this.machines.startFor(type, this);
    if (typeof started === 'string') {
      this.tell(machine, { type: 'boot.failed', generation, detail: started });
      return undefined;
    }
    this.tell(machine, { type: 'machine.booted', generation });
    return started;
  }

  private async giveBack(held: Promise<CommandMachine | undefined> | undefined): Promise<void> {
    const machine = await held;
    if (machine !== undefined) await this.machines.giveBack(machine, this);
  }

  /** Answers come from outside the world's turn. One that comes after the world's end is dropped by the loop. */
  private tell(machine: MachineId, message: Message): void {
    this.parts.deliver(machineAt(machine), message);
  }
}
