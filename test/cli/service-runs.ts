// Services that a test starts with the built command, each with a state folder of its own, and their ends.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { repositoryRoot } from '../../backends/index.ts';
import { rehearse } from './command.ts';
import type { Ended } from './command.ts';
import { inProcess } from './in-process.ts';

export interface RunningService {
  readonly state: string;
  readonly url: string;
  readonly pid: number;
  /** Runs a command on this service in this process; one at a time. */
  readonly call: (...args: readonly string[]) => Promise<Ended>;
  /** Runs it in a process of its own. */
  readonly spawn: (...args: readonly string[]) => Promise<Ended>;
  /** Ends it, and removes its state folder. */
  readonly end: () => Promise<void>;
}

export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'rehearse-serve-')));
}

/** Any free ports, so that nothing collides with another test. */
export const FREE_PORTS = ['--port', '0', '--set', 'service.grpc=off'];

/** A service in the background. @param args of `serve`, beside ports and state. */
export async function startService(...args: readonly string[]): Promise<RunningService> {
  const state = temporaryFolder();
  const env = { REHEARSE_STATE: state };
  const started = await rehearse(['serve', '--background', '--json', ...FREE_PORTS, ...args], { env });
  if (started.status !== 0) throw new Error(`serve ended with ${started.status}: ${started.stderr}`);
  const { url, pid } = JSON.parse(started.stdout) as { url: string; pid: number }; // As the command prints it.
  const call = (...words: readonly string[]): Promise<Ended> => inProcess([...words, '--state', state]);
  return {
    state,
    url,
    pid,
    call,
    spawn: (...words) => rehearse(words, { env }),
    end: async () => {
      await call('stop');
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** A picture of the bundled test set as a PNG file. @returns its path and the number of its class. */
export async function writePicture(folder: string, index: number): Promise<{ path: string; label: number }> {
  const models = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist');
  const pixels = readFileSync(join(models, 'test-2000-images.u8')).subarray(index * 784, (index + 1) * 784);
  const path = join(folder, `picture-${index}.png`);
  await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
    .png()
    .toFile(path);
  return { path, label: readFileSync(join(models, 'test-2000-labels.u8'))[index] };
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
