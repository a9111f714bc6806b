/**
 * Writes a family of scaled variants as a catalogue file. The first variant of a network states everything, the others
 * repeat it (`<<`) and state what differs: that keeps the files short to read and quick to parse. It decides nothing
 * about figures.
 */
import { formatBytes, formatDuration } from '../../../core/index.ts';
import type { VariantDefinition } from '../definitions.ts';
import type { Family, Network } from './networks.ts';
import type { ScaledRow, ScaledVariant } from './scaling.ts';
import { scaledVariant } from './scaling.ts';

/** The catalogue file of a family. @param ladder ResNet50's variants, smallest batch first, GPU variants first. */
export function familyText(family: Family, ladder: readonly VariantDefinition[]): string {
  const networks = family.networks.map((network) => networkText(network, ladder));
  return `${heading(family)}\nvariants:\n${networks.join('\n')}`;
}

function heading(family: Family): string {
  return `# ${family.name}: variants of ${family.networks.map(({ name }) => name).join(', ')}, scaled from those of ResNet50.
# Written by: npx tsx backends/catalogue/build-imagenet-catalogue.ts
# Change backends/catalogue/imagenet/networks.ts (the published figures) or scaling.ts (the rules), never this file.
#
# Nothing here was measured. INFaaS served 175 variants of 22 architectures and published the times of ResNet50 alone
# (resnet50.yaml). The others are made from those by relations that are published:
#   rows         ResNet50's time on the same hardware and in the same framework, times how much longer the network takes
#                where both were timed (the source says where). On Inferentia: times the ratio of multiply-accumulates,
#                at least 0.25 (own choice: a call costs something however small the network).
#   load         A line over the number of weights: 0.59 s for none, ResNet50's own load for its 25.56 million; at most
#                11 s. 0.59 s and 11 s are the ends of what INFaaS published.
#   peak_memory  ResNet50's, times the ratio of weights.
#   accuracy     The published top-1. (ResNet50's 71.2 is INFaaS's own; today's recipes train it to more.)
# So the order and spread of variants are realistic, a single figure may be off by a factor of two. Resources, largest
# batches and precision are those of resnet50.yaml, for the reasons given there.
`;
}

function networkText(network: Network, ladder: readonly VariantDefinition[]): string {
  const variants = ladder.map((anchor) => scaledVariant(network, anchor));
  const [first, ...others] = variants;
  return [
    `  # ${network.name}: ${figuresOf(network)}.`,
    firstText(network, first),
    ...others.map((variant) =>
      (variant.anchor.framework === first.anchor.framework ? largerText : otherText)(network, variant),
    ),
  ].join('\n');
}

function figuresOf({ weightsM, gmacs, cpuMs }: Network): string {
  const onCpu = cpuMs === undefined ? '' : `, ${cpuMs} ms on a Core i9-10940X`;
  return `${weightsM} million weights, ${gmacs} thousand million multiply-accumulates${onCpu}`;
}

/** The variant that the others repeat. */
function firstText(network: Network, variant: ScaledVariant): string {
  const { anchor } = variant;
  const { task, dataset } = anchor.useCase;
  return `  - &${network.name}
    name: ${variant.name}
    use_case: { task: ${task}, dataset: ${dataset}, size: "${network.size}" }
    architecture: ${network.name}
    framework: ${anchor.framework}
    hardware: ${anchor.hardware}
    precision: ${anchor.precision}
    max_batch: ${anchor.maxBatch}
    accuracy_percent: ${network.top1}
    resources: ${resourcesText(anchor)}
    profile: &${network.name}-profile
${profileText(variant)}
      rows: [${anchoredRow(network, variant.rows[0])}]
`;
}

/** The same for a larger batch: the profile with one row more. */
function largerText(network: Network, { name, anchor, rows }: ScaledVariant): string {
  const smaller = rows.slice(0, -1).map(({ batch }) => `*${network.name}-${batch}`);
  return `  - <<: *${network.name}
    name: ${name}
    max_batch: ${anchor.maxBatch}
    profile:
      <<: *${network.name}-profile
      rows: [${[...smaller, anchoredRow(network, rows[rows.length - 1])].join(', ')}]
`;
}

/** The same network on other hardware. */
function otherText(network: Network, variant: ScaledVariant): string {
  const { anchor, rows } = variant;
  return `  - <<: *${network.name}
    name: ${variant.name}
    framework: ${anchor.framework}
    hardware: ${anchor.hardware}
    max_batch: ${anchor.maxBatch}
    resources: ${resourcesText(anchor)}
    profile:
${profileText(variant)}
      rows:
${rows.map((row) => `        - ${rowText(row)}\n`).join('')}`;
}

function profileText({ anchor, source, loadNs, peakMemoryBytes }: ScaledVariant): string {
  const name = anchor.name.replace(/-b\d+$/, '');
  return `      source: scaled from ${name} (INFaaS) by ${source}
      synthesised: true
      load: ${formatDuration(loadNs)}
      peak_memory: ${formatBytes(peakMemoryBytes)}
      host_overhead: ${formatDuration(anchor.profile.hostOverheadNs)}`;
}

function resourcesText({ resources: { cores, accelerators } }: VariantDefinition): string {
  return accelerators === 0 ? `{ cores: ${cores} }` : `{ cores: ${cores}, accelerators: ${accelerators} }`;
}

function anchoredRow(network: Network, row: ScaledRow): string {
  return `&${network.name}-${row.batch} ${rowText(row)}`;
}

function rowText({ batch, meanNs, ratio }: ScaledRow): string {
  return `{ batch: ${batch}, mean: ${formatDuration(meanNs)}, source: resnet50 x ${Number(ratio.toPrecision(4))} }`;
}
