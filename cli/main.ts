/** The `rehearse` command: reads the arguments, runs a command, turns what went wrong into a message and a status. */
import { Command, CommanderError } from 'commander';
import { ServingError, ServingErrors } from '../core/index.ts';
import { rehearseVersion } from '../experiments/index.ts';
import { catalogueCommand } from './commands/catalogue.ts';
import { jobsCommand } from './commands/jobs.ts';
import { keysCommand } from './commands/keys.ts';
import { modelCommand } from './commands/model.ts';
import { policiesCommand } from './commands/policies.ts';
import { queryCommand } from './commands/query.ts';
import { replayCommand } from './commands/replay.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { scaleCommand } from './commands/scale.ts';
import { schemaCommand } from './commands/schema.ts';
import { serveCommand } from './commands/serve.ts';
import { statusCommand } from './commands/status.ts';
import { stopCommand } from './commands/stop.ts';
import { traceCommand } from './commands/trace.ts';
import { BAD_INPUT, FAILED, VALID } from './exit-codes.ts';
import type { Outcome } from './exit-codes.ts';

const START = `
Start with:
  $ rehearse run experiments/configs/quickstart.yaml       policies compared, in simulation
  $ rehearse serve                                         policies at work, as a service
`;

/** Errors of these areas are of a run or a service; those of all others are of what was asked. */
const FAILURES = ['RUN_', 'LIVE_', 'SERVICE_', 'HTTP_', 'STORE_'];

/**
 * Runs one command line. @param argv the arguments after the command's name.
 * @returns 0 for a valid result, 1 for a failed or invalid run, 2 for bad usage or bad input.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const outcome: Outcome = { status: VALID };
  for (const stream of [process.stdout, process.stderr])
    stream.off('error', ignoreGoneReader).on('error', ignoreGoneReader);
  const program = new Command('rehearse')
    .description('Simulate and benchmark ML inference serving: write a policy once, rehearse it, then run it live.')
    .version(rehearseVersion())
    .exitOverride()
    .showHelpAfterError('(add --help for the options and an example)')
    .addHelpText('after', START);
  const commands = [
    runCommand,
    replayCommand,
    reportCommand,
    traceCommand,
    policiesCommand,
    catalogueCommand,
    schemaCommand,
    serveCommand,
    statusCommand,
    stopCommand,
    queryCommand,
    jobsCommand,
    modelCommand,
    scaleCommand,
    keysCommand,
  ];
  for (const command of commands) program.addCommand(withOverride(command(outcome)));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return outcome.status;
  } catch (error) {
    return statusOf(error);
  }
}

/** A reader that has seen enough (`| head`) closes the pipe: nobody's mistake, and no reason to end a run half-way. */
function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Sub-commands do not inherit these settings when they are made on their own. */
function withOverride(command: Command): Command {
  command.exitOverride().showHelpAfterError('(add --help for the options and an example)');
  for (const child of command.commands) withOverride(child);
  return command;
}

function statusOf(error: unknown): number {
  // Commander has printed its own message.
  if (error instanceof CommanderError) return error.exitCode === 0 ? VALID : BAD_INPUT;
  if (error instanceof ServingErrors) {
    for (const each of error.errors) process.stderr.write(`${each.message}\n`);
    const count = error.errors.length;
    if (count > 1) process.stderr.write(`${count} errors\n`);
    return BAD_INPUT;
  }
  if (error instanceof ServingError) {
    process.stderr.write(`${error.message}\n`);
    return FAILURES.some((area) => error.code.startsWith(area)) ? FAILED : BAD_INPUT;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`rehearse failed; this is a defect of Rehearse, please report it:\n${text}\n`);
  return FAILED;
}
