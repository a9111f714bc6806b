/** `rehearse jobs`: the offline jobs of a running service. */
import { Command, InvalidArgumentError } from 'commander';
import type { JobDetail, JobView } from '../../live/offline/index.ts';
import { FAILED } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { addServiceOptions, connect } from '../service/service-options.ts';
import type { ServiceFlags } from '../service/service-options.ts';

const EXAMPLE = `
Examples:
  $ rehearse jobs list
  $ rehearse jobs show 4f1c0a9b2d37
  $ rehearse jobs cancel 4f1c0a9b2d37

Jobs are made by rehearse query offline.`;

interface ListFlags extends ServiceFlags {
  readonly limit: number;
}

export function jobsCommand(outcome: Outcome): Command {
  const command = new Command('jobs')
    .description('List, show and cancel the offline jobs of the running service.')
    .addHelpText('after', EXAMPLE);
  command.addCommand(listCommand());
  command.addCommand(showCommand(outcome));
  command.addCommand(cancelCommand());
  return command;
}

function listCommand(): Command {
  const command = new Command('list')
    .description('List the latest jobs, oldest first.')
    .option('--limit <count>', 'how many', listLimit, 100)
    .addHelpText('after', '\nExample:\n  $ rehearse jobs list');
  return addServiceOptions(command).action(async (flags: ListFlags) => {
    const client = await connect(flags);
    // The shape is the service's own.
    const answer = (await client.get(`/rehearse/v1/jobs?limit=${flags.limit}`)) as {
      readonly jobs: readonly JobView[];
    };
    if (flags.json === true) {
      printJson(answer);
      return;
    }
    const { jobsText } = await import('../service/jobs-text.ts');
    process.stdout.write(jobsText(answer.jobs));
  });
}

function showCommand(outcome: Outcome): Command {
  const command = new Command('show')
    .description('Show a job and the first of its files that failed.')
    .argument('<id>', 'the job')
    .addHelpText(
      'after',
      '\nExample:\n  $ rehearse jobs show 4f1c0a9b2d37\n\nExit status: 1 when the job has failed, 0 for any other that is there.',
    );
  return addServiceOptions(command).action(async (id: string, flags: ServiceFlags) => {
    const client = await connect(flags);
    // The shape is the service's own.
    const answer = (await client.get(`/rehearse/v1/jobs/${encodeURIComponent(id)}`)) as { readonly job: JobDetail };
    if (answer.job.state === 'failed') outcome.status = FAILED;
    if (flags.json === true) {
      printJson(answer);
      return;
    }
    const { jobText } = await import('../service/jobs-text.ts');
    process.stdout.write(jobText(answer.job));
  });
}

function cancelCommand(): Command {
  const command = new Command('cancel')
    .description('Begin nothing more of a job; what runs of it is finished, and its answers stay.')
    .argument('<id>', 'the job')
    .addHelpText('after', '\nExample:\n  $ rehearse jobs cancel 4f1c0a9b2d37');
  return addServiceOptions(command).action(async (id: string, flags: ServiceFlags) => {
    const client = await connect(flags);
    const target = `/rehearse/v1/jobs/${encodeURIComponent(id)}/cancel`;
    const answer = (await client.post(target, {})) as { readonly job: JobView }; // The shape is the service's own.
    const { id: told, files } = answer.job;
    if (flags.json === true) printJson(answer);
    else process.stdout.write(`${told}: cancelled, ${files.done} of ${files.total} files are done\n`);
  });
}

function listLimit(written: string): number {
  const value = Number(written);
  if (/^\d+$/.test(written) && value >= 1 && value <= 1000) return value;
  throw new InvalidArgumentError('expected a whole number from 1 to 1000');
}
