/** The `rehearse` command: reads the arguments, runs a command, turns what went wrong into a message and a status. */
import { Command, CommanderError } from 'commander';
import { ServingError, ServingErrors } from '../core/index.ts';
import { BAD_INPUT, FAILED, VALID } from './exit-codes.ts';
import type { Outcome } from './exit-codes.ts';

const START = `
Start with:
  $ rehearse run experiments/configs/quickstart.yaml       policies compared, in simulation
  $ rehearse serve                                         policies at work, as a service
`;

/** The commands in the order of the help. Each is loaded when it is asked for: most need little of what others do. */
const COMMANDS: Readonly<Record<string, () => Promise<(outcome: Outcome) => Command>>> = {
  run: async () => (await import('./commands/run.ts')).runCommand,
  replay: async () => (await import('./commands/replay.ts')).replayCommand,
  report: async () => (await import('./commands/report.ts')).reportCommand,
  calibrate: async () => (await import('./commands/calibrate.ts')).calibrateCommand,
  fidelity: async () => (await import('./commands/fidelity.ts')).fidelityCommand,
  load: async () => (await import('./commands/load.ts')).loadCommand,
  trace: async () => (await import('./commands/trace.ts')).traceCommand,
  policies: async () => (await import('./commands/policies.ts')).policiesCommand,
  profile: async () => (await import('./commands/profile.ts')).profileCommand,
  catalogue: async () => (await import('./commands/catalogue.ts')).catalogueCommand,
  timings: async () => (await import('./commands/timings.ts')).timingsCommand,
  zoo: async () => (await import('./commands/zoo.ts')).zooCommand,
  schema: async () => (await import('./commands/schema.ts')).schemaCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  stop: async () => (await import('./commands/stop.ts')).stopCommand,
  query: async () => (await import('./commands/query.ts')).queryCommand,
  jobs: async () => (await import('./commands/jobs.ts')).jobsCommand,
  model: async () => (await import('./commands/model.ts')).modelCommand,
  scale: async () => (await import('./commands/scale.ts')).scaleCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
};

/** Errors of these areas are of a run or a service; those of all others are of what was asked. */
const FAILURES = ['RUN_', 'CALIBRATION_RUN_', 'MEASURE_', 'LIVE_', 'SERVICE_', 'HTTP_', 'GRPC_', 'STORE_'];

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
    .version(await versionFor(argv))
    // A sub-command's own --version (of a model) is not the program's.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError('(add --help for the options and an example)')
    .addHelpText('after', START);
  for (const command of await commandsFor(argv)) program.addCommand(withOverride(command(outcome)));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return outcome.status;
  } catch (error) {
    return statusOf(error);
  }
}

/** The command that is asked for, and all of them where none is: for the help, and for what was probably meant. */
async function commandsFor([asked = '']: readonly string[]): Promise<((outcome: Outcome) => Command)[]> {
  const names = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
  return Promise.all(names.map((name) => COMMANDS[name]()));
}

/** '' where nobody asks: to read it takes longer than many a command. */
async function versionFor([asked]: readonly string[]): Promise<string> {
  if (asked !== '--version' && asked !== '-V') return '';
  const { rehearseVersion } = await import('../experiments/index.ts');
  return rehearseVersion();
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
    return error.errors.some(isFailure) ? FAILED : BAD_INPUT;
  }
  if (error instanceof ServingError) {
    process.stderr.write(`${error.message}\n`);
    return isFailure(error) ? FAILED : BAD_INPUT;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`rehearse failed; this is a defect of Rehearse, please report it:\n${text}\n`);
  return FAILED;
}

function isFailure({ code }: ServingError): boolean {
  return FAILURES.some((area) => code.startsWith(area));
}
