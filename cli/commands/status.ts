/** `rehearse status`: what a running service does. */
import { Command } from 'commander';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { addServiceOptions, connect } from '../service/service-options.ts';
import type { ServiceFlags } from '../service/service-options.ts';
import type { StatusAnswer } from '../service/status-text.ts';

const EXAMPLE = `
Example:
  $ rehearse status

Exit status: 0 when the service runs, 1 when it does not.`;

export function statusCommand(_outcome: Outcome): Command {
  const command = new Command('status')
    .description('Show the running service: listeners, variants, workers, machines, latest decisions.')
    .addHelpText('after', EXAMPLE);
  return addServiceOptions(command).action(async (flags: ServiceFlags) => {
    const client = await connect(flags);
    const status = (await client.get('/rehearse/v1/status')) as StatusAnswer; // The shape is the service's own.
    if (flags.json === true) {
      printJson(status);
      return;
    }
    const { statusText } = await import('../service/status-text.ts');
    process.stdout.write(statusText(status));
  });
}
