// The built command in a child process, as a user runs it: what it says on which stream and how it ends.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { repositoryRoot } from '../../backends/index.ts';

const LAUNCHER = join(repositoryRoot(), 'cli', 'rehearse.js');

export interface Ended {
  /** The exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  /** The working folder; that of the system's temporary files when left out. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called when it has started. */
  readonly onStart?: (child: ChildProcessByStdio<null, Readable, Readable>) => void;
}

/** Runs `rehearse` to its end. */
export async function rehearse(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const { cwd, env = {}, onStart } = surroundings;
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    cwd,
    // Color and width of a terminal would change what is printed.
    env: { ...process.env, FORCE_COLOR: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  onStart?.(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

/** The files of a folder and those below it, sorted. */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}
