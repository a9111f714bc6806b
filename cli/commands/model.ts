/** `rehearse model`: register models with the running service, take them away, look at what there is. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { ServingError, ServingErrors } from '../../core/index.ts';
import { BAD_INPUT, FAILED, VALID } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { folderDefinitions, isFolder } from '../service/folder-definitions.ts';
import { addServiceOptions, connect, runningState } from '../service/service-options.ts';
import type { ServiceFlags } from '../service/service-options.ts';
import { textTable } from '../text-table.ts';
import type { TextRow } from '../text-table.ts';

const EXAMPLE = `
Examples:
  $ rehearse model register resnet50.config ./resnet50       INFaaS's config (key value lines) and the model's folder
  $ rehearse model register my-profile.yaml ./resnet50       our own profile: what it leaves out is measured
  $ rehearse model register out/profile                      all that rehearse profile wrote there, with their models
  $ rehearse model archs classification imagenet
  $ rehearse model info resnet50`;

/** Registered as it stands by a test. */
const PROFILE_EXAMPLE = 'experiments/configs/service/profile-example.yaml';

interface RegisterFlags extends ServiceFlags {
  readonly replace?: boolean;
}

export function modelCommand(outcome: Outcome): Command {
  const command = new Command('model')
    .description('Register models with the running service, take them away, look at what there is.')
    .addHelpText('after', EXAMPLE);
  command.addCommand(registerCommand(outcome));
  command.addCommand(unregisterCommand());
  command.addCommand(defaultCommand());
  command.addCommand(listCommand());
  command.addCommand(archsCommand());
  command.addCommand(infoCommand());
  return command;
}

function registerCommand(outcome: Outcome): Command {
  const command = new Command('register')
    .description('Register a model; it is checked, measured where no latencies are given, and served.')
    .argument('<file>', "INFaaS's config (key value lines), a profile of ours (YAML), or a folder of profiles")
    .argument('[dir]', 'folder of the model file; without it the variant is answered by its latency table')
    .option('--replace', 'take the place of all versions of that name')
    .addHelpText(
      'after',
      `${EXAMPLE}\n\nA profile to begin with: ${PROFILE_EXAMPLE}\nPrints SUCCEEDED, or FAILED and why, for each. Exit status: 0, 1 or 2 for a bad file.`,
    );
  return addServiceOptions(command).action(async (file: string, dir: string | undefined, flags: RegisterFlags) => {
    if (!isFolder(file)) {
      const { status, answer, text } = await attempt(file, dir, flags);
      outcome.status = status;
      if (flags.json === true) printJson(answer);
      else process.stdout.write(text);
      return;
    }
    if (dir !== undefined) command.error("error: a folder's definitions say themselves where their models lie");
    const answers: object[] = [];
    for (const { file: definition, modelFolder } of folderDefinitions(file)) {
      const { status, answer, text } = await attempt(definition, modelFolder, flags);
      // A bad file says more than a service that did not answer.
      outcome.status = Math.max(outcome.status, status);
      answers.push({ file: definition, ...answer });
      if (flags.json !== true) process.stdout.write(`${basename(definition)}: ${text}`);
    }
    if (flags.json === true) printJson({ models: answers });
  });
}

interface Attempt {
  readonly status: number;
  /** What --json prints. */
  readonly answer: object;
  readonly text: string;
}

async function attempt(file: string, dir: string | undefined, flags: RegisterFlags): Promise<Attempt> {
  try {
    const { name, versions, notes } = await register(file, dir, flags);
    if (flags.json !== true) for (const note of notes) process.stderr.write(`${note}\n`);
    const text = `SUCCEEDED: ${name}, version ${versions.join(', ')}\n`;
    return { status: VALID, answer: { status: 'SUCCEEDED', name, versions, notes }, text };
  } catch (error) {
    if (!(error instanceof ServingError || error instanceof ServingErrors)) throw error;
    const refused = error instanceof ServingErrors || !/^(SERVICE|LIVE)_/.test(error.code);
    const answer = { status: 'FAILED', error: error.message };
    return { status: refused ? BAD_INPUT : FAILED, answer, text: `FAILED: ${error.message}\n` };
  }
}

interface Registered {
  readonly name: string;
  readonly versions: readonly string[];
  readonly notes: readonly string[];
}

async function register(file: string, dir: string | undefined, flags: RegisterFlags): Promise<Registered> {
  const text = readConfig(file);
  const client = await connect(flags);
  const state = dir === undefined ? undefined : await runningState(flags);
  const { handOver } = await import('../service/hand-over.ts');
  // A service elsewhere knows its own folders only.
  const given = dir === undefined || state === undefined ? undefined : handOver(dir, state);
  try {
    const body = {
      kind: kindOf(text),
      text,
      file: basename(file).replaceAll(/[^\w.-]/g, '_'),
      folder: given?.folder ?? dir,
      replace: flags.replace === true,
    };
    return (await client.post('/rehearse/v1/models', body)) as Registered; // The shape is the service's own.
  } finally {
    given?.dispose();
  }
}

/** INFaaS's lines are a key and a value with a space between; a profile is YAML. */
function kindOf(text: string): 'infaas-config' | 'profile' {
  return /^\s*(?:parname|varname|framework)[ \t]+[^\s:]/m.test(text) ? 'infaas-config' : 'profile';
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const isGone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const found = isGone ? 'no such file' : String(cause);
    throw new ServingError({ code: 'CLI_FILE', place: file, message: 'the config cannot be read', found, cause });
  }
}

function unregisterCommand(): Command {
  const command = new Command('unregister')
    .description('Take a registered model away; what is open is answered first.')
    .argument('<name>', 'name of the variant')
    .option('--version <version>', 'one version; all when left out')
    .addHelpText(
      'after',
      '\nExample:\n  $ rehearse model unregister resnet50-mine --version 2\n\n' +
        'Exit status: 0 when it is gone, 1 when the service does not do it (no such model, one of its config, the default\n' +
        'version among several) or does not run, 2 for bad usage.',
    );
  return addServiceOptions(command).action(async (name: string, flags: ServiceFlags & { version?: string }) => {
    const client = await connect(flags);
    const query = flags.version === undefined ? '' : `?version=${encodeURIComponent(flags.version)}`;
    await client.call('DELETE', `/rehearse/v1/models/${encodeURIComponent(name)}${query}`);
    if (flags.json === true) printJson({ name });
    else
      process.stdout.write(`unregistered: ${name}${flags.version === undefined ? '' : `, version ${flags.version}`}\n`);
  });
}

function defaultCommand(): Command {
  const command = new Command('default')
    .description('Choose the version that queries get who name none.')
    .argument('<name>', 'name of the variant')
    .argument('<version>', 'the version')
    .addHelpText('after', '\nExample:\n  $ rehearse model default resnet50-mine 2');
  return addServiceOptions(command).action(async (name: string, version: string, flags: ServiceFlags) => {
    const client = await connect(flags);
    await client.post(`/rehearse/v1/models/${encodeURIComponent(name)}/default`, { version });
    if (flags.json === true) printJson({ name, version });
    else process.stdout.write(`${name}: version ${version} is the default\n`);
  });
}

/** What the service tells of a variant. */
interface Model {
  readonly name: string;
  readonly version: string;
  readonly isDefault: boolean;
  readonly source: string;
  readonly architecture: string;
  readonly useCase: string;
  readonly framework: string;
  readonly hardware: string;
  readonly maxBatch: number;
  readonly accuracyPercent: number;
  readonly latencyMs: number;
}

function listCommand(): Command {
  const command = new Command('list')
    .description('Every version of every variant that is served.')
    .addHelpText('after', '\nExample:\n  $ rehearse model list');
  return addServiceOptions(command).action(async (flags: ServiceFlags) => {
    const client = await connect(flags);
    // The shape is the service's own.
    const answer = (await client.get('/rehearse/v1/models')) as { readonly models: readonly Model[] };
    if (flags.json === true) printJson(answer);
    else process.stdout.write(answer.models.length === 0 ? 'no models\n' : textTable(answer.models.map(modelRow)));
  });
}

function archsCommand(): Command {
  const command = new Command('archs')
    .description('The architectures for a task and a dataset.')
    .argument('<task>', 'such as classification')
    .argument('<dataset>', 'such as fashion-mnist')
    .addHelpText('after', '\nExample:\n  $ rehearse model archs classification fashion-mnist');
  return addServiceOptions(command).action(async (task: string, dataset: string, flags: ServiceFlags) => {
    const client = await connect(flags);
    const query = new URLSearchParams({ task, dataset }).toString();
    const answer = (await client.get(`/rehearse/v1/architectures?${query}`)) as { readonly architectures: string[] };
    if (flags.json === true) printJson(answer);
    else if (answer.architectures.length === 0) process.stdout.write(`no architectures for ${task} of ${dataset}\n`);
    else process.stdout.write(answer.architectures.map((name) => `${name}\n`).join(''));
  });
}

function infoCommand(): Command {
  const command = new Command('info')
    .description('An architecture: what it is for, how accurate it is, its variants.')
    .argument('<architecture>', 'such as resnet20')
    .addHelpText('after', '\nExample:\n  $ rehearse model info resnet20');
  return addServiceOptions(command).action(async (architecture: string, flags: ServiceFlags) => {
    const client = await connect(flags);
    const answer = (await client.get(`/rehearse/v1/architectures/${encodeURIComponent(architecture)}`)) as {
      readonly task: string;
      readonly dataset: string;
      readonly size?: string;
      readonly accuracyPercent: number;
      readonly variants: readonly Model[];
    };
    if (flags.json === true) {
      printJson(answer);
      return;
    }
    const { task, dataset, size, accuracyPercent, variants } = answer;
    const about = `${task} of ${dataset}${size === undefined ? '' : `, input size ${size}`}, ${accuracyPercent} % accurate`;
    process.stdout.write(`${architecture}: ${about}\n\n${textTable(variants.map(modelRow))}`);
  });
}

function modelRow(model: Model): TextRow {
  return {
    variant: model.name,
    version: model.isDefault ? model.version : `${model.version} (not the default)`,
    architecture: model.architecture,
    use_case: model.useCase,
    framework: model.framework,
    hardware: model.hardware,
    max_batch: model.maxBatch,
    accuracy_percent: model.accuracyPercent,
    latency_ms: Number(model.latencyMs.toPrecision(4)),
    from: model.source,
  };
}
