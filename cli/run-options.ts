/** The options that `run` and `replay` share. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';

export interface RunFlags {
  readonly live?: boolean;
  readonly seed?: string;
  readonly replications?: number;
  readonly jobs?: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly timeline?: string;
  readonly byApplication?: boolean;
  readonly requireObjectives?: boolean;
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--live', 'perform on the wall clock with real engines instead of in simulation')
    .option('--seed <seed>', "root of all randomness, in place of the config's")
    .option('--replications <count>', 'runs of each cell under different seeds', positiveInteger)
    .option('--jobs <count>', 'worker threads (default: one per core)', positiveInteger)
    .option('--out <folder>', 'where the results go (default: out/<name>)')
    .option('--by-application', 'show how each application fares, and which variants answered it')
    .option('--timeline <file>', "write the first run's batches, loads and machines as a Chrome trace, for Perfetto")
    .option('--require-objectives', 'exit with status 1 when a policy misses one of the objectives of its config')
    .option('--json', 'print one object with the verdict, the cells and the output folder, and nothing else');
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError(`found ${text}; expected 1, 2, 3 ...`);
  return value;
}

/** A command line to paste: words that a shell would take apart are quoted. */
export function commandText(words: readonly string[]): string {
  const quoted = words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return ['npx rehearse', ...quoted].join(' ');
}
