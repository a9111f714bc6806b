/** `rehearse stop`: end the running service after it has answered what it took. */
import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { ServingError } from '../../core/index.ts';
import type { ServerStatus } from '../../live/control/index.ts';
import { FAILED } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { addServiceOptions, connect, runningState } from '../service/service-options.ts';
import type { ServiceFlags } from '../service/service-options.ts';

const ENDINGS = ['stop', 'delete', 'keep'] as const;
type Ending = (typeof ENDINGS)[number];

const EXAMPLE = `
Example:
  $ rehearse stop --machines stop

No more queries are taken; those that were accepted are answered first. Machines are those of the config's start and
stop commands: what becomes of them is asked on a terminal, elsewhere they are kept.
Exit status: 0 when the service has ended or none was running, 1 when it is still there after --timeout.`;

const POLL_MS = 100;

interface StopFlags extends ServiceFlags {
  readonly machines?: Ending;
  readonly timeout: string;
}

/** What the service answers. */
interface Stopping {
  readonly pid: number;
  readonly openRequests: number;
}

export function stopCommand(outcome: Outcome): Command {
  const command = new Command('stop')
    .description('End the running service; what it accepted is answered first.')
    .addOption(new Option('--machines <what>', 'what becomes of machines that commands started').choices(ENDINGS))
    .option('--timeout <seconds>', 'how long to wait for the end', '120')
    .addHelpText('after', EXAMPLE);
  return addServiceOptions(command).action(async (flags: StopFlags) => {
    const waitMs = Number(flags.timeout) * 1000;
    if (!(waitMs > 0)) command.error('error: --timeout takes seconds above 0');
    // One that is about to start is waited for, and ended then.
    const client = await runningClient(flags, waitMs);
    if (client === undefined) {
      if (flags.json === true) printJson({ state: 'stopped' });
      else process.stdout.write('no service is running\n');
      return;
    }
    const machines = flags.machines ?? (await askedEnding(client));
    const isLocal = (await runningState(flags)) !== undefined;
    // The shape is the service's own.
    const { pid, openRequests } = (await client.post('/rehearse/v1/stop', { machines })) as Stopping;
    if (flags.json !== true && openRequests > 0) process.stderr.write(`answering ${openRequests} open queries\n`);
    const ended = await (isLocal
      ? until(() => !isAlive(pid), waitMs)
      : until(async () => !(await answers(client.url)), waitMs));
    if (!ended) outcome.status = FAILED;
    if (flags.json === true) printJson({ state: ended ? 'stopped' : 'draining', pid });
    else process.stdout.write(ended ? 'stopped\n' : `still ending after ${flags.timeout} s, process ${pid}\n`);
  });
}

/** Undefined when none runs, which is what was wanted. */
async function runningClient(flags: ServiceFlags, startMs: number): Promise<ServiceClient | undefined> {
  try {
    return await connect(flags, startMs);
  } catch (error) {
    if (error instanceof ServingError && error.code === 'SERVICE_NOT_RUNNING') return undefined;
    throw error;
  }
}

async function askedEnding(client: ServiceClient): Promise<Ending> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return 'keep';
  // The shape is the service's own.
  const { server } = (await client.get('/rehearse/v1/status')) as { readonly server: ServerStatus };
  if (!server.hasMachineCommands) return 'keep';
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (;;) {
      const answer = (
        await lines.question('machines that commands started: stop, delete or keep them? [keep] ')
      ).trim();
      const ending = answer === '' ? 'keep' : ENDINGS.find((each) => each === answer);
      if (ending !== undefined) return ending;
    }
  } finally {
    lines.close();
  }
}

/** Whether something comes true in time. */
async function until(isTrue: () => boolean | Promise<boolean>, waitMs: number): Promise<boolean> {
  const untilMs = Date.now() + waitMs;
  while (!(await isTrue())) {
    if (Date.now() >= untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A service of another host has ended when nobody answers there any more. */
async function answers(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/v2/health/live`, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}
