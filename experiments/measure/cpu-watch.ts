/**
 * How busy a machine was with other things while something was measured: processor time of processes that are not ours,
 * and time that the hypervisor gave to other guests (steal). Reads Linux's /proc; elsewhere it knows nothing and says so.
 */
import { readFileSync } from 'node:fs';

/** Shares of one core, in percent: 100 is a core all the time. */
export interface CpuShares {
  readonly othersPercent: number;
  readonly stealPercent: number;
}

interface Ticks {
  readonly atMs: number;
  /** All processes together, ours among them. */
  readonly busy: number;
  readonly steal: number;
  readonly own: number;
}

/** USER_HZ, which Linux tells user space on every architecture but alpha (man 5 proc). */
const TICKS_PER_SECOND = 100;

export class CpuWatch {
  private readonly begin: Ticks | undefined;
  private readonly pids: () => readonly number[];

  /** Starts to watch. @param pids children of ours that live at the time; those that ended are known to the system. */
  constructor(pids: () => readonly number[]) {
    this.pids = pids;
    this.begin = ticksNow(pids());
  }

  /** Since the start; undefined where the system does not tell. */
  shares(): CpuShares | undefined {
    const end = ticksNow(this.pids());
    if (this.begin === undefined || end === undefined) return undefined;
    const { begin } = this;
    const ticks = ((end.atMs - begin.atMs) / 1000) * TICKS_PER_SECOND;
    if (ticks < 1) return undefined;
    const percent = (count: number): number => Math.max(0, (100 * count) / ticks);
    return {
      othersPercent: percent(end.busy - begin.busy - (end.own - begin.own)),
      stealPercent: percent(end.steal - begin.steal),
    };
  }
}

function ticksNow(pids: readonly number[]): Ticks | undefined {
  try {
    const [, ...fields] = readFileSync('/proc/stat', 'latin1').split('\n')[0].split(/\s+/);
    const [user, nice, system, , , irq, softirq, steal] = fields.map(Number);
    const own = ownTicks('self', true) + pids.reduce((sum, pid) => sum + ownTicks(String(pid), false), 0);
    return { atMs: performance.now(), busy: user + nice + system + irq + softirq, steal, own };
  } catch {
    return undefined;
  }
}

/** User and system time of a process, and of its children that have ended. */
function ownTicks(pid: string, withChildren: boolean): number {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    // A child that has just ended; its time is among the ended children's.
    if (withChildren) throw error;
    return 0;
  }
  // The name in parentheses may hold spaces; fields 14 to 17 of man 5 proc come after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
  return user + system + (withChildren ? endedUser + endedSystem : 0);
}
