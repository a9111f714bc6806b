/**
 * Runs one command of a user for a machine, such as the one that starts it: bounded in time, its output bounded in
 * memory, and judged by its exit status. Arguments go to the program as they are; a shell reads them only where the
 * config says so. What a client sent is never part of a command: the machine's type and label are ours.
 */
import { spawn } from 'node:child_process';
import type { Nanos } from '../../core/index.ts';
import { formatDuration, toMilliseconds } from '../../core/index.ts';

/** Of what a command says, the last this many characters are kept. */
const KEPT_CHARACTERS = 4096;
const REASON_CHARACTERS = 200;
/** How long a command that was told to end may take before it is killed. */
const GRACE_MS = 2000;

export interface MachineCommand {
  /** The program and its arguments, at least the program. */
  readonly argv: readonly string[];
  /** Whether a shell reads the arguments, joined by spaces. */
  readonly shell: boolean;
  readonly timeoutNs: Nanos;
  /** Folder it runs in, absolute. */
  readonly folder: string;
  /** Beside the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
}

/** @returns why it failed, in words for a log; undefined when it ended with status 0. */
export async function runMachineCommand(command: MachineCommand): Promise<string | undefined> {
  const { argv, shell, folder, env, timeoutNs } = command;
  const [program, ...rest] = argv;
  const child = spawn(shell ? argv.join(' ') : program, shell ? [] : rest, {
    shell,
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, so that what the command starts ends with it when it takes too long.
    detached: true,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARACTERS);
  });
  let isLate = false;
  const timers: NodeJS.Timeout[] = [];
  timers.push(
    setTimeout(() => {
      isLate = true;
      endGroup(child.pid, 'SIGTERM');
      timers.push(setTimeout(() => endGroup(child.pid, 'SIGKILL'), GRACE_MS));
    }, toMilliseconds(timeoutNs)),
  );
  try {
    return await new Promise((resolve) => {
      child.once('error', (error) => resolve(`${program} cannot be run: ${error.message}`));
      // Not `close`: what a command leaves in the background may keep its output open.
      child.once('exit', (status, signal) => {
        child.stderr.destroy();
        if (isLate) resolve(withLastLine(`${program} took longer than ${formatDuration(timeoutNs)}`, said));
        else if (status === 0) resolve(undefined);
        else resolve(withLastLine(`${program} ended with ${signal ?? `status ${status}`}`, said));
      });
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** What a command said last, without the control characters that a terminal would obey. */
function withLastLine(text: string, said: string): string {
  const printable = said.replaceAll(/[^\P{Cc}\n]/gu, ' ');
  const last = printable
    .split('\n')
    .findLast((line) => line.trim() !== '')
    ?.trim();
  return last === undefined ? text : `${text}: ${last.slice(0, REASON_CHARACTERS)}`;
}
