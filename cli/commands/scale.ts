/** `rehearse scale`: workers by hand. */
import { Command, InvalidArgumentError } from 'commander';
import { FAILED } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { addServiceOptions, connect } from '../service/service-options.ts';
import type { ServiceFlags } from '../service/service-options.ts';

const EXAMPLE = `
Example:
  $ rehearse scale fmnist-resnet20-int8 --replicas 2          always two workers
  $ rehearse scale fmnist-resnet20-int8 --replicas 1:4        the autoscaler keeps between one and four
  $ rehearse scale fmnist-resnet20-int8 --replicas auto       the autoscaler decides again

What is set so holds until it is set anew. After a restart it lasts for registered models; models of the service's config
have again what that says (service.variants.NAME.workers).
Exit status: 0 when the workers are there, 1 when a load failed or they were not there in time.`;

type Replicas = 'auto' | number | { readonly least: number; readonly most: number | null };

interface ScaleFlags extends ServiceFlags {
  readonly replicas: Replicas;
  readonly version?: string;
  readonly wait: number;
}

/** What the service answers. */
interface Scaled {
  readonly state: 'begun' | 'settled' | 'failed' | 'timeout';
  readonly workers: number;
  /** Why they are not there. */
  readonly reason?: string;
}

export function scaleCommand(outcome: Outcome): Command {
  const command = new Command('scale')
    .description('Set how many workers a variant of the running service has.')
    .argument('<variant>', 'name of the variant')
    .requiredOption('--replicas <count>', 'a number, LEAST:MOST (MOST may be left out), or auto', replicas)
    .option('--version <version>', 'a version other than the default one')
    .option('--wait <seconds>', 'how long to wait for the workers, 0 for not at all', waitSeconds, 60)
    .addHelpText('after', EXAMPLE);
  return addServiceOptions(command).action(async (variant: string, flags: ScaleFlags) => {
    const client = await connect(flags);
    const { replicas: wanted, version, wait } = flags;
    const body = { replicas: wanted, waitS: wait, ...(version === undefined ? {} : { version }) };
    // The shape is the service's own.
    const scaled = (await client.post(`/rehearse/v1/scale/${encodeURIComponent(variant)}`, body)) as Scaled;
    if (scaled.state === 'failed' || scaled.state === 'timeout') outcome.status = FAILED;
    if (flags.json === true) printJson(scaled);
    else process.stdout.write(`${variant}: ${textOf(scaled)}\n`);
  });
}

function textOf({ state, workers, reason = '' }: Scaled): string {
  if (state === 'failed') return `a worker could not be loaded; ${reason}`;
  if (state === 'timeout') return `not there yet; ${reason}`;
  return `${workers} ${workers === 1 ? 'worker' : 'workers'} ready`;
}

function replicas(written: string): Replicas {
  if (written === 'auto') return written;
  const [, least, bounded, most] = /^(\d{1,5})(:(\d{1,5})?)?$/.exec(written) ?? [];
  if (least === undefined) throw new InvalidArgumentError('expected 0, 1, 2 ..., bounds such as 1:4, or auto');
  if (bounded === undefined) return Number(least);
  if (most !== undefined && Number(most) < Number(least)) throw new InvalidArgumentError('expected LEAST:MOST');
  return { least: Number(least), most: most === undefined ? null : Number(most) };
}

function waitSeconds(written: string): number {
  const value = Number(written);
  if (written.trim() !== '' && value >= 0 && value <= 600) return value;
  throw new InvalidArgumentError('expected seconds from 0 to 600');
}
