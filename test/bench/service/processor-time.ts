/** What processes and the whole machine have used of the processors so far, from Linux's /proc. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Linux counts processor time in these. */
const TICK_US = 10_000;

/** The processes that a process has started and that live. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** User and system time of a process; the fields behind its name, which is in parentheses, are counted from there. */
export function processorUsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** @returns cores that others than these processes and their children kept busy from now until it is called. */
export function watchOthers(pids: readonly number[]): () => number {
  const beganMs = performance.now();
  const look = (): number => {
    const own = pids.flatMap((pid) => [pid, ...childrenOf(pid)]).map(processorUsOf);
    return machineUs() - own.reduce((sum, us) => sum + us, 0);
  };
  const before = look();
  return () => {
    const cores = (look() - before) / 1000 / (performance.now() - beganMs);
    return Math.min(Math.max(cores, 0), availableParallelism());
  };
}

/** Time in which processors had work, or waited for another guest of the host that had. */
function machineUs(): number {
  const [line] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  const [user, nice, system, , , irq, softirq, steal] = line.trim().split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_US;
}
