/** `rehearse query offline`: have a folder of files run when there is room. A part of `rehearse query`. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { JobView } from '../../live/offline/index.ts';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { addServiceOptions, connect, runningState } from '../service/service-options.ts';
import type { ServiceFlags } from '../service/service-options.ts';

const EXAMPLES = `
Examples:
  $ rehearse query offline pictures answers --architecture resnet20
  $ rehearse query offline pictures answers --variant fmnist-resnet20-int8
  $ rehearse jobs show 4f1c0a9b2d37

The service runs every file of INPUT and writes OUTPUT/FILE.json, a few files at a time, while it has little else to do. A
job that was accepted outlives the service: see rehearse jobs. With --url, folders must be among those that the
service's config allows (service.offline.folders).
Exit status: 0 when the job was accepted, 1 when the service does not run or takes no more, 2 when it cannot be asked so.`;

interface OfflineFlags extends ServiceFlags {
  readonly architecture?: string;
  readonly variant?: string;
  readonly version?: string;
}

/** What the service answers. */
interface Accepted {
  readonly status: string;
  readonly job: JobView;
}

export function queryOfflineCommand(_outcome: Outcome): Command {
  const command = new Command('offline')
    .description('Run all files of a folder when there is room, and write the answers into another.')
    .argument('<input>', 'folder of files, each one input of the model')
    .argument('<output>', 'folder for the answers; made where it is missing')
    .option('-a, --architecture <name>', 'an architecture; its fastest variant on a CPU is taken')
    .option('-v, --variant <name>', 'a variant')
    .option('--version <version>', 'a version of the variant other than the default one')
    .addHelpText('after', EXAMPLES);
  return addServiceOptions(command).action(async (input: string, output: string, flags: OfflineFlags) => {
    const { architecture, variant, version, json } = flags;
    if ((architecture === undefined) === (variant === undefined)) {
      command.error('error: either --architecture or --variant');
    }
    const client = await connect(flags);
    const body = { input: resolve(input), output: resolve(output), architecture, variant, version };
    const accepted = await submit(client, body, flags);
    if (json === true) printJson(accepted);
    else {
      const { id, files } = accepted.job;
      const count = files.total === 1 ? '1 file' : `${files.total} files`;
      process.stdout.write(`${accepted.status}: job ${id}, ${count}; see rehearse jobs show ${id}\n`);
    }
  });
}

/** Of a service on this host's state folder any folder may be used: the grant shows that it is ours. */
async function submit(client: ServiceClient, body: object, flags: OfflineFlags): Promise<Accepted> {
  const state = await runningState(flags);
  if (state === undefined) return (await client.post('/rehearse/v1/jobs', body)) as Accepted; // The service's own shape.
  const { leaveGrant } = await import('../../live/offline/index.ts');
  const grant = leaveGrant(state);
  try {
    return (await client.post('/rehearse/v1/jobs', { ...body, grant: grant.token })) as Accepted;
  } finally {
    grant.takeBack();
  }
}
