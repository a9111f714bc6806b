/** The service that has a state folder, also one that has only begun: a start takes the folder before it listens. */
import { ServingError } from '../../core/index.ts';
import { isFolder, runningServer, serverProcess } from '../../live/store/index.ts';
import type { ServerFile } from '../../live/store/index.ts';

const POLL_MS = 50;

/**
 * The service of a folder once it has come as far as is wanted; undefined when none has it.
 * @throws ServingError LIVE_STARTING when it does not come so far in time.
 */
export async function serverOf(
  folder: string,
  isWanted: (server: ServerFile) => boolean,
  timeoutMs: number,
): Promise<ServerFile | undefined> {
  const untilMs = Date.now() + timeoutMs;
  while (hasServer(folder)) {
    const server = runningServer(folder);
    if (server !== undefined && isWanted(server)) return server;
    if (Date.now() >= untilMs) {
      throw new ServingError({
        code: 'LIVE_STARTING',
        place: folder,
        message: 'a service has this state folder, and is not ready',
        found:
          server === undefined ? 'a start that has said nothing yet' : `state ${server.state}, process ${server.pid}`,
        next: 'try again, or name another folder with --state',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return undefined;
}

/** A folder that has not been made has nobody in it, and a file has not either. */
function hasServer(folder: string): boolean {
  return isFolder(folder) && serverProcess(folder) !== undefined;
}
