/**
 * Names of workers and machines for people: unique over the service's life, though numbers are used again within an
 * epoch and begin anew with the next.
 */
import type { Fleet, MachineId, WorkerId } from '../../core/index.ts';

export class Labels {
  private readonly fleet: Fleet;
  private readonly nextOf: (variant: string) => number;
  private readonly nameOf: (worker: WorkerId) => string;
  private readonly machineOf: (machine: MachineId) => string | undefined;
  private readonly workers: { generation: number; label: string }[] = [];

  /**
   * @param nextOf counts up over all epochs. @param nameOf client's name of a worker's variant.
   * @param machineOf the name under which commands know a machine; undefined where none do.
   */
  constructor(
    fleet: Fleet,
    nameOf: (worker: WorkerId) => string,
    nextOf: (variant: string) => number,
    machineOf: (machine: MachineId) => string | undefined = () => undefined,
  ) {
    this.fleet = fleet;
    this.machineOf = machineOf;
    this.nameOf = nameOf;
    this.nextOf = nextOf;
  }

  /** `resnet20-int8#3`: the third worker of the variant since the service began. */
  worker(worker: WorkerId): string {
    const generation = this.fleet.generation[worker];
    const known = this.workers[worker];
    if (known?.generation === generation) return known.label;
    const name = this.nameOf(worker);
    const label = `${name}#${this.nextOf(name)}`;
    this.workers[worker] = { generation, label };
    return label;
  }

  /** `cpu-4-0`: a machine's type and number, or the name under which commands know it. */
  machine(machine: MachineId, typeNames: readonly { readonly name: string }[]): string {
    const type = typeNames[this.fleet.machines.type[machine]]?.name;
    if (type === undefined) return `machine-${machine}`;
    return this.machineOf(machine) ?? `${type}-${machine}`;
  }
}
