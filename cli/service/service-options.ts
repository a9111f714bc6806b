/** The options of every command that talks to a running service: where it is, and the key that signs. */
import type { Command } from 'commander';
import { ServingError } from '../../core/index.ts';
import type { ServiceClient } from './service-client.ts';

export interface ServiceFlags {
  readonly state?: string;
  readonly url?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

export function addServiceOptions(command: Command): Command {
  return command
    .option(
      '--state <folder>',
      'the state folder of the service (default: $REHEARSE_STATE, or one in your home folder)',
    )
    .option('--url <url>', 'the address of the service (default: $REHEARSE_URL, or what the state folder says)')
    .option('--key-file <file>', 'file with the key that signs (default: $REHEARSE_ACCESS_KEY, $REHEARSE_SECRET_KEY)')
    .option('--json', "print the service's answer and nothing else");
}

/** How long a service that starts is waited for, until it listens. */
const START_MS = 10_000;

/**
 * @param startMs how long a service that starts is waited for.
 * @throws ServingError SERVICE_NOT_RUNNING when no address is given and no service runs on the state folder,
 * LIVE_STARTING when one does not get so far in time, CLI_KEY when the key cannot be read.
 */
export async function connect(flags: ServiceFlags, startMs: number = START_MS): Promise<ServiceClient> {
  const { ServiceClient: Client } = await import('./service-client.ts');
  const { signerOf } = await import('./signer.ts');
  const signer = await signerOf(flags.keyFile);
  const given = addressOf(flags);
  if (given !== '') return new Client({ url: given, signer });
  const { stateFolder } = await import('../../live/store/index.ts');
  const { serverOf } = await import('./running-server.ts');
  const folder = stateFolder(flags.state);
  const server = await serverOf(folder, ({ url }) => url !== '', startMs);
  if (server !== undefined) return new Client({ url: server.url, signer });
  throw notRunning(folder);
}

/** The state folder of a service of this user that runs on this host; undefined when it is another one. */
export async function runningState(flags: ServiceFlags): Promise<string | undefined> {
  const { runningServer, stateFolder } = await import('../../live/store/index.ts');
  const folder = stateFolder(flags.state);
  const server = runningServer(folder);
  const asked = addressOf(flags).replace(/\/+$/, '');
  return server !== undefined && (asked === '' || asked === server.url) ? folder : undefined;
}

/** '' where none is given. A folder that is named wins over the environment's address: it was said later. */
function addressOf({ state, url }: ServiceFlags): string {
  const given = url ?? (state === undefined ? process.env['REHEARSE_URL'] : undefined) ?? '';
  if (given === '' || /^https?:$/.test(URL.canParse(given) ? new URL(given).protocol : '')) return given;
  throw new ServingError({
    code: 'CLI_URL',
    place: url === undefined ? '$REHEARSE_URL' : '--url',
    message: 'this is no address of a service',
    found: given,
    expected: 'an address such as http://127.0.0.1:8000',
  });
}

function notRunning(folder: string): ServingError {
  return new ServingError({
    code: 'SERVICE_NOT_RUNNING',
    place: folder,
    message: 'no service runs on this state folder',
    next: 'start one with rehearse serve, or name another with --state or --url',
  });
}
