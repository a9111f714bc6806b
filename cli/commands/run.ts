/** `rehearse run`: perform experiments, simulated or live. */
import { Command } from 'commander';
import { ServingError, ServingErrors } from '../../core/index.ts';
import type { ExperimentConfig } from '../../experiments/index.ts';
import { printJson } from '../print-json.ts';
import { addRunOptions, commandText } from '../run-options.ts';
import type { RunFlags } from '../run-options.ts';
import type { Outcome } from '../exit-codes.ts';

const EXAMPLE = `
Example:
  $ rehearse run experiments/configs/quickstart.yaml --replications 20 --out out/quickstart

Writes report.html, summary.csv, requests.csv, result.json and the figures as SVG into the output folder.
Several configs are checked before anything runs, and run one after the other, each into a folder of its name (in
--out, or in out). When any of them states what it expects, claims.html and claims.json beside the folders sum it up.
--json then prints { experiments: [...], claims: [...] }, with one entry for each config.
Exit status: 0 valid result, 1 failed or invalid run, 2 bad usage or bad config. With --require-objectives it is 1 as
well when a policy misses an objective; one that is undecided is not missed.`;

export function runCommand(outcome: Outcome): Command {
  const command = new Command('run')
    .description('Run experiments and compare their policies.')
    .argument('<file...>', 'experiment configs (YAML)')
    .addHelpText('after', EXAMPLE);
  return addRunOptions(command).action(async (files: string[], flags: RunFlags) => {
    if (flags.timeline !== undefined && files.length > 1) command.error('error: --timeline takes a single config');
    const configs = await loadAll(files, flags);
    if (flags.requireObjectives === true) {
      const { needObjectives } = await import('../require-objectives.ts');
      needObjectives(configs);
    }
    if (files.length === 1) {
      const { carryOut } = await import('../carry-out.ts');
      const { status, summary } = await carryOut(configs[0], flags, commandLine(files[0], flags));
      outcome.status = status;
      if (flags.json === true) printJson(summary);
      return;
    }
    const { carryOutAll } = await import('../carry-out-all.ts');
    await carryOutAll(configs, flags, {
      outcome,
      commandOf: (index) => commandLine(files[index], flags),
    });
  });
}

/** Reads all configs before anything runs: an error in the last one must not cost the first one's run. */
async function loadAll(files: readonly string[], flags: RunFlags): Promise<ExperimentConfig[]> {
  const { loadConfig } = await import('../../experiments/index.ts');
  const configs: ExperimentConfig[] = [];
  const errors: ServingError[] = [];
  for (const file of files) {
    try {
      const config = await loadConfig(file, overrides(flags));
      const other = configs.find(({ name }) => name === config.name);
      if (other === undefined) configs.push(config);
      else errors.push(sameName(file, config.name, other.file));
    } catch (error) {
      if (!(error instanceof ServingErrors)) throw error;
      errors.push(...error.errors);
    }
  }
  if (errors.length > 0) throw new ServingErrors(errors);
  return configs;
}

/** Experiments that are run together leave their results in folders of their names. */
function sameName(file: string, name: string, other: string): ServingError {
  return new ServingError({
    code: 'CONFIG_SAME_NAME',
    place: file,
    message: 'its results would replace those of another config',
    found: `the name ${name}, which ${other} has as well`,
    expected: 'a name of its own',
    next: 'write another name: into one of them, or run them one at a time with --out',
  });
}

/** What the flags change in a config. */
export function overrides(flags: RunFlags): { seed?: string; replications?: number; live?: boolean } {
  return {
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.replications === undefined ? {} : { replications: flags.replications }),
    ...(flags.live === undefined ? {} : { live: flags.live }),
  };
}

function commandLine(file: string, { live, seed, replications }: RunFlags): string {
  const words = ['run', file];
  if (live === true) words.push('--live');
  if (seed !== undefined) words.push('--seed', seed);
  if (replications !== undefined) words.push('--replications', String(replications));
  return commandText(words);
}
