/** `rehearse report`: make the report of a result folder again. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Outcome } from '../exit-codes.ts';

const EXAMPLE = `
Example:
  $ rehearse report out/quickstart`;

export function reportCommand(_outcome: Outcome): Command {
  return new Command('report')
    .description('Make report.html, summary.csv and the figures of a result folder again, from its result.json.')
    .argument('<folder>', 'the output folder of a run')
    .addHelpText('after', EXAMPLE)
    .action(async (folder: string) => {
      const { writeReport } = await import('../../reports/index.ts');
      await writeReport(resolve(folder));
      process.stdout.write(`${join(resolve(folder), 'report.html')}\n`);
    });
}
