/**
 * Machines as shares of this host: they are up at once, or after an emulated boot time. Nothing is fenced off, so the
 * provisioner keeps books of what was claimed and says when it was more than the host has.
 */
import { availableParallelism, totalmem } from 'node:os';
import type {
  Address,
  Catalogue,
  Fleet,
  Generation,
  MachineId,
  MachineType,
  Message,
  Nanos,
  Provisioner,
  World,
} from '../../core/index.ts';
import { PHASE_MACHINES, machineAt } from '../../core/index.ts';

const BYTES_PER_GIGABYTE = 1e9;

export interface LocalProvisionerParts {
  readonly world: Pick<World, 'now' | 'send' | 'setTimer'>;
  readonly catalogue: Catalogue;
  readonly fleet: Fleet;
  /** What a boot during the run takes: one time for all machines, or each machine type's own. */
  readonly bootNs: Nanos | 'catalogue';
  /** Takes an answer that comes from outside the world: the end of a command. */
  readonly deliver: (to: Address, message: Message) => void;
}

export class LocalProvisioner implements Provisioner {
  private readonly parts: LocalProvisionerParts;
  private cores = 0;
  private memoryBytes = 0;
  private coresMost = 0;
  private memoryBytesMost = 0;

  constructor(parts: LocalProvisionerParts) {
    this.parts = parts;
  }

  boot(machine: MachineId, generation: Generation): void {
    const { world, bootNs } = this.parts;
    const type = this.typeOf(machine);
    this.claim(type, 1);
    const booted = { type: 'machine.booted', generation } as const;
    // The initial machines are up when the run begins, as in simulation.
    if (world.now === 0) world.send(machineAt(machine), booted);
    else this.answer(machine, bootNs === 'catalogue' ? type.bootNs : bootNs, booted);
  }

  stop(machine: MachineId, generation: Generation): void {
    this.claim(this.typeOf(machine), -1);
    this.answer(machine, 0, { type: 'machine.stopped', generation });
  }

  /** What the run claimed beyond what the host has. */
  notes(): readonly string[] {
    const cores = availableParallelism();
    const memoryBytes = totalmem();
    if (this.coresMost <= cores && this.memoryBytesMost <= memoryBytes) return [];
    const claimed = describe(this.coresMost, this.memoryBytesMost);
    return [`the machines of the run had ${claimed}, this host has ${describe(cores, memoryBytes)}: workers competed`];
  }

  private claim({ cores, memoryBytes }: MachineType, sign: 1 | -1): void {
    this.cores += sign * cores;
    this.memoryBytes += sign * memoryBytes;
    this.coresMost = Math.max(this.coresMost, this.cores);
    this.memoryBytesMost = Math.max(this.memoryBytesMost, this.memoryBytes);
  }

  private typeOf(machine: MachineId): MachineType {
    const { catalogue, fleet } = this.parts;
    return catalogue.machineTypes[fleet.machines.type[machine]];
  }

  private answer(machine: MachineId, afterNs: Nanos, message: Message): void {
    const { world } = this.parts;
    world.setTimer(machineAt(machine), world.now + afterNs, message, PHASE_MACHINES);
  }
}

function describe(cores: number, memoryBytes: number): string {
  return `${cores} cores and ${(memoryBytes / BYTES_PER_GIGABYTE).toFixed(1)} GB`;
}
