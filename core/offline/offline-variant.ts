/** Which variant runs an offline job: the fastest one on CPU, as INFaaS's release takes the first by batch-1 latency. */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import type { Fleet } from '../tables/fleet.ts';
import { canHost } from '../tables/machine-columns.ts';
import type { OfflineJob } from './job.ts';

const CPU = 'cpu';

/** The variant, or why there is none. */
export function offlineVariant(
  job: Pick<OfflineJob, 'architecture' | 'variant'>,
  {
    catalogue,
    fleet,
    framework,
  }: { readonly catalogue: Catalogue; readonly fleet: Pick<Fleet, 'machines'>; readonly framework: string },
): { readonly variant: VariantIndex } | { readonly problem: string } {
  const { variants, latency, machineTypes } = catalogue;
  const named = job.variant === '' ? catalogue.ofArchitecture(job.architecture) : [catalogue.variantNamed(job.variant)];
  const [variant] = named
    .filter((index) => index >= 0 && variants[index].hardware === CPU)
    .filter((index) => framework === '' || variants[index].framework === framework)
    .sort((a, b) => latency[a].expectedBatchNs(1) - latency[b].expectedBatchNs(1) || a - b);
  if (variant === undefined) {
    const what = job.variant === '' ? `no variant of ${job.architecture}` : `variant ${job.variant} does not`;
    const runs = job.variant === '' ? 'runs' : 'run';
    return { problem: `${what} ${runs} on ${CPU}${framework === '' ? '' : ` with ${framework}`}` };
  }
  const { coreOvercommit } = fleet.machines;
  if (machineTypes.some((type) => canHost(type, variants[variant], coreOvercommit))) return { variant };
  return { problem: `no machine type has room for ${variants[variant].name}` };
}
