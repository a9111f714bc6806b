/** A service in a process of its own that outlives the command. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import { makePrivateFolder, runningServer } from '../../live/store/index.ts';
import type { ServerFile } from '../../live/store/index.ts';

const POLL_MS = 50;
/** Of what the process said. */
const SAID_CHARACTERS = 4000;

/**
 * Starts `rehearse` with these arguments and waits until its service is ready.
 * @throws ServingError LIVE_BACKGROUND with what the process said when it ended before.
 */
export async function startInBackground(folder: string, args: readonly string[]): Promise<ServerFile> {
  makePrivateFolder(folder);
  const said = join(folder, 'serve.out');
  const output = openSync(said, 'w', 0o600);
  const launcher = join(repositoryRoot(), 'cli', 'rehearse.js');
  const child = spawn(process.execPath, [launcher, ...args], { detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  let ended: string | undefined;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (status, signal) => (ended = signal ?? `status ${status}`));
  child.unref();
  for (;;) {
    const server = runningServer(folder);
    if (server?.pid === child.pid && server?.state === 'ready') return server;
    if (ended !== undefined) {
      process.stderr.write(readFileSync(said, 'utf8').slice(-SAID_CHARACTERS));
      throw new ServingError({
        code: 'LIVE_BACKGROUND',
        place: said,
        message: 'the service did not start',
        found: `its process ended with ${ended}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
