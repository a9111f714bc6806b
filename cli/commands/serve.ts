/** `rehearse serve`: the policies on the wall clock, as a service that stock clients can use. */
import { Command } from 'commander';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { foregroundArgs, overridesOf, portNumber, repeated } from '../service/serve-flags.ts';
import type { ServeFlags } from '../service/serve-flags.ts';

const EXAMPLE = `
Examples:
  $ rehearse serve                                                          the bundled models, on this host
  $ rehearse serve --config experiments/configs/quickstart.yaml --policy adaptive
                                                                            a policy set of an experiment, as it is
  $ rehearse serve --background --state ./state --port 9000 --grpc-port 9001
                                                                            a second one; returns when it is ready

It ends its start with a test of itself. A second serve on the same state folder says where the first one listens.
Ctrl-C or SIGTERM end it after it has answered what it took; SIGUSR2 opens its log anew after it was moved away.
See also: rehearse status, query, scale, model, keys, stop.
Exit status: 0 after an orderly end or when the service runs already, 1 when it could not start, 2 for a bad config.`;

/** A start may load models that take long. */
const READY_TIMEOUT_MS = 120_000;

export function serveCommand(_outcome: Outcome): Command {
  return new Command('serve')
    .description('Run an inference service under a policy set: HTTP, gRPC, metrics, a dashboard.')
    .option('--config <file>', 'a service or an experiment (YAML); the bundled service by default')
    .option('--policy <name>', 'the policy set to run, where the config has several')
    .option(
      '--state <folder>',
      'where keys, models and jobs are kept (default: $REHEARSE_STATE, or in your home folder)',
    )
    .option('--host <address>', 'the address to listen at, in place of the loopback address')
    .option('--port <port>', 'the port of the HTTP listener', portNumber)
    .option('--grpc-port <port>', 'the port of the gRPC listener', portNumber)
    .option('--machines <type=initial[:max[:slack]]>', 'machines of a type; repeatable', repeated)
    .option('--set <path=value>', 'a value of the config, such as service.grpc=off; repeatable', repeated)
    .option(
      '--torchserve-config <file>',
      "TorchServe's config.properties, for its API on its ports; --set comes after it",
    )
    .option('--background', 'go on in the background once it is ready')
    .option('--json', 'print one object when it is ready, and nothing else')
    .addHelpText('after', EXAMPLE)
    .action(async (flags: ServeFlags) => serve(flags));
}

async function serve(given: ServeFlags): Promise<void> {
  const { loadService } = await import('../../experiments/index.ts');
  const { stateFolder } = await import('../../live/store/index.ts');
  const { serverOf } = await import('../service/running-server.ts');
  const { otherConfigLine, runningLines } = await import('../service/start-lines.ts');
  const { flags, notes } = await withTorchServeConfig(given);
  const config = await loadService(flags.config, overridesOf(flags));
  const folder = stateFolder(flags.state || process.env['REHEARSE_STATE'] || config.settings.state);
  const other = await serverOf(folder, ({ state }) => state === 'ready', READY_TIMEOUT_MS);
  if (other !== undefined) {
    if (flags.json === true) printJson({ ...other, folder, started: false });
    else process.stdout.write(runningLines(other, folder));
    const isAsked = flags.config !== undefined || flags.policy !== undefined;
    if (isAsked && (other.config !== config.file || other.policySet !== config.policySet)) {
      process.stderr.write(otherConfigLine(other, config));
    }
    return;
  }
  for (const note of [...notes, ...config.notes]) process.stderr.write(`${note}\n`);
  if (flags.background === true) {
    const { startInBackground } = await import('../service/background.ts');
    const server = await startInBackground(folder, foregroundArgs({ ...flags, state: folder }));
    if (flags.json === true) printJson({ ...server, folder, started: true });
    else process.stdout.write(runningLines(server, folder).replace('already running', 'ready'));
    return;
  }
  const { runInForeground } = await import('../service/foreground.ts');
  await runInForeground(config, folder, flags.json === true);
}

/** What TorchServe's file says, before what the command line says. */
async function withTorchServeConfig(
  flags: ServeFlags,
): Promise<{ readonly flags: ServeFlags; readonly notes: readonly string[] }> {
  const { torchserveConfig: file, set = [] } = flags;
  if (file === undefined) return { flags, notes: [] };
  const { torchServeConfig } = await import('../service/torchserve-config.ts');
  const config = torchServeConfig(file);
  return { flags: { ...flags, set: [...config.set, ...set] }, notes: config.notes };
}
