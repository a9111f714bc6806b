/** `rehearse report`: make the report of a result folder again. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Outcome } from '../exit-codes.ts';

const EXAMPLE = `
Example:
  $ rehearse report out/quickstart

The folder of a comparison by \`rehearse fidelity\` gets its fidelity.html and fidelity.csv again, one of \`rehearse
timings\` its timings.html, timings.csv and summary.csv.`;

export function reportCommand(_outcome: Outcome): Command {
  return new Command('report')
    .description('Make report.html, summary.csv and the figures of a result folder again, from its result.json.')
    .argument('<folder>', 'the output folder of a run')
    .addHelpText('after', EXAMPLE)
    .action(async (folder: string) => {
      const { holdsFidelity, holdsResult, holdsTimings, writeFidelity, writeReport, writeTimingsReport } =
        await import('../../reports/index.ts');
      const directory = resolve(folder);
      const pages = holdsFidelity(directory) ? [await writeFidelity(directory)] : [];
      if (holdsTimings(directory)) pages.push(await writeTimingsReport(directory));
      // A comparison may stand in the folder of a run; a folder without either is told what it lacks.
      if (pages.length === 0 || holdsResult(directory)) {
        await writeReport(directory);
        pages.unshift(join(directory, 'report.html'));
      }
      process.stdout.write(`${pages.join('\n')}\n`);
    });
}
