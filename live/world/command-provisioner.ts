/**
 * The provisioner port of one world over the machines of the user's commands. A boot ends when the start command has
 * ended well, or at once where another world's machine can be shared; a stop ends when the machine is given back. Which
 * machine a number of the world stands for is settled when its name is asked for first, so that the command, the log and
 * the status have one name for it.
 */
import type { Generation, MachineId, Message } from '../../core/index.ts';
import { PHASE_MACHINES, machineAt } from '../../core/index.ts';
import type { CommandMachine, CommandMachines } from './command-machines.ts';
import type { LiveProvisioner } from './live-world.ts';
import type { LocalProvisionerParts } from './local-provisioner.ts';

interface Assigned {
  readonly generation: Generation;
  readonly label: string;
  /** One that is there already; undefined where one is to be started under the label. */
  readonly taken: CommandMachine | undefined;
  isBooted: boolean;
}

export class CommandProvisioner implements LiveProvisioner {
  private readonly parts: LocalProvisionerParts;
  private readonly machines: CommandMachines;
  /** What the world's machines stand for; a boot that is still under way has its promise. */
  private readonly held = new Map<MachineId, Promise<CommandMachine | undefined>>();

  private isClosed = false;
  private readonly assigned = new Map<MachineId, Assigned>();

  constructor(parts: LocalProvisionerParts, machines: CommandMachines) {
    this.parts = parts;
    this.machines = machines;
  }

  boot(machine: MachineId, generation: Generation): void {
    const { world } = this.parts;
    const assigned = this.assignedTo(machine);
    assigned.isBooted = true;
    const { taken, label } = assigned;
    if (taken === undefined) {
      this.held.set(machine, this.start(machine, generation, label));
      return;
    }
    this.held.set(machine, Promise.resolve(taken));
    const booted = { type: 'machine.booted', generation } as const;
    if (world.now === 0) world.send(machineAt(machine), booted);
    else world.setTimer(machineAt(machine), world.now, booted, PHASE_MACHINES);
  }

  /** The label that the commands are told, of a machine as it is now or was last. */
  labelOf(machine: MachineId): string {
    const known = this.assigned.get(machine);
    if (known !== undefined && known.generation === this.generationOf(machine)) return known.label;
    return this.isClosed ? `${this.typeOf(machine)}-${machine}` : this.assignedTo(machine).label;
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
    this.isClosed = true;
    for (const { isBooted, taken, label } of this.assigned.values()) {
      if (isBooted) continue;
      if (taken === undefined) this.machines.unreserve(label);
      else this.machines.release(taken, this);
    }
    for (const each of held) {
      void each.then((machine) => {
        if (machine !== undefined) this.machines.release(machine, this);
      });
    }
  }

  /** What a number stands for in its present life, settled now where it was not; a second boot is a second machine. */
  private assignedTo(machine: MachineId): Assigned {
    const generation = this.generationOf(machine);
    const known = this.assigned.get(machine);
    if (known !== undefined && known.generation === generation && !known.isBooted) return known;
    const type = this.typeOf(machine);
    const taken = this.machines.take(type, this);
    const assigned = { generation, taken, label: taken?.label ?? this.machines.reserve(type), isBooted: false };
    this.assigned.set(machine, assigned);
    return assigned;
  }

  private generationOf(machine: MachineId): Generation {
    return this.parts.fleet.machines.generation[machine];
  }

  private typeOf(machine: MachineId): string {
    const { catalogue, fleet } = this.parts;
    return catalogue.machineTypes[fleet.machines.type[machine]].name;
  }

  private async start(machine: MachineId, generation: Generation, label: string): Promise<CommandMachine | undefined> {
    const started = await this.machines.startFor(this.typeOf(machine), this, label);
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
