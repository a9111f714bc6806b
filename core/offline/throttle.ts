/**
 * When offline work waits for the service's own: while more of the machine's cores is at work than a share (above it,
 * not at it), or while a policy has flagged some worker of the machine. The rule of INFaaS's release, where the share
 * is 40 % (query_executor.cc, offlineProccess).
 */
import type { Signals } from '../signals.ts';
import { DEAD } from '../tables/fleet.ts';
import type { Fleet, MachineId } from '../tables/fleet.ts';
import type { ThrottleOptions } from './job.ts';

export interface ThrottleParts {
  readonly options: ThrottleOptions;
  readonly fleet: Pick<Fleet, 'state' | 'machine'>;
  readonly signals: Signals;
  readonly load: { shareOf(machine: MachineId): number };
}

export class Throttle {
  private readonly parts: ThrottleParts;

  constructor(parts: ThrottleParts) {
    this.parts = parts;
  }

  /** Whether offline work on the machine waits now. */
  pauses(machine: MachineId): boolean {
    const { options, load } = this.parts;
    return load.shareOf(machine) > options.utilisation || (options.flagged && this.hasFlagged(machine));
  }

  private hasFlagged(machine: MachineId): boolean {
    const { fleet, signals } = this.parts;
    for (const worker of signals.flaggedWorkers) {
      if (fleet.machine[worker] === machine && fleet.state[worker] !== DEAD) return true;
    }
    return false;
  }
}
