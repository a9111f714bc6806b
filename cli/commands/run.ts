/** `rehearse run`: perform experiments, simulated or live. */
import { join } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../../experiments/index.ts';
import { addRunOptions, carryOut } from '../run-options.ts';
import type { RunFlags } from '../run-options.ts';
import type { Outcome } from '../exit-codes.ts';

const EXAMPLE = `
Example:
  $ rehearse run experiments/configs/quickstart.yaml --replications 20 --out out/quickstart

Writes report.html, summary.csv, requests.csv, result.json and the figures as SVG into the output folder.
Exit status: 0 valid result, 1 failed or invalid run, 2 bad usage or bad config.`;

export function runCommand(outcome: Outcome): Command {
  const command = new Command('run')
    .description('Run experiments and compare their policies.')
    .argument('<file...>', 'experiment configs (YAML)')
    .addHelpText('after', EXAMPLE);
  return addRunOptions(command).action(async (files: string[], flags: RunFlags) => {
    // All configs are read before anything runs: an error in the last one must not cost the first one's run.
    const configs = await Promise.all(files.map((file) => loadConfig(file, overrides(flags))));
    const summaries: object[] = [];
    for (const [index, config] of configs.entries()) {
      const out = flags.out !== undefined && files.length > 1 ? { out: join(flags.out, config.name) } : {};
      const { status, summary } = await carryOut(config, { ...flags, ...out }, commandLine(files[index], flags));
      outcome.status = Math.max(outcome.status, status);
      summaries.push(summary);
    }
    if (flags.json === true) {
      process.stdout.write(
        `${JSON.stringify(summaries.length === 1 ? summaries[0] : { experiments: summaries }, null, 1)}\n`,
      );
    }
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
  const parts = ['npx rehearse run', file];
  if (live === true) parts.push('--live');
  if (seed !== undefined) parts.push(`--seed ${seed}`);
  if (replications !== undefined) parts.push(`--replications ${replications}`);
  return parts.join(' ');
}
