/**
 * Turns a variant or machine type of the right shape into a definition, and checks what a shape cannot say: rules
 * between several keys. It reads no files; a broken rule is told by its path.
 */
import type { MeasuredTime, Profile, ProfileRow } from '../../core/index.ts';
import { mean } from 'simple-statistics';
import { profileProblems } from '../table/profile-problems.ts';
import type { MachineTypeDefinition, Origin, VariantDefinition } from './definitions.ts';
import type { RawMachine, RawVariant } from './schema.ts';
import type { ValuePath } from './yaml-text.ts';

type RawProfile = RawVariant['profile'];
type RawRow = RawProfile['rows'][number];

/** A rule that an entry breaks. */
export interface BrokenRule {
  /** Where, from the entry on. */
  readonly path: ValuePath;
  readonly message: string;
  readonly found: string;
  readonly expected: string;
}

/** The definition of a variant. Nothing in it is resolved or indexed yet. */
export function variantDefinition(raw: RawVariant, origin: Origin): VariantDefinition {
  const profile = profileOf(raw.profile);
  return {
    origin,
    name: raw.name,
    version: raw.version ?? '1',
    useCase: {
      task: raw.use_case.task,
      dataset: raw.use_case.dataset,
      ...(raw.use_case.size === undefined ? {} : { size: raw.use_case.size }),
    },
    architecture: raw.architecture,
    framework: raw.framework,
    hardware: raw.hardware,
    precision: raw.precision,
    maxBatch: raw.max_batch,
    accuracyPercent: raw.accuracy_percent,
    resources: {
      cores: raw.resources.cores,
      memoryBytes: raw.resources.memory ?? profile.peakMemoryBytes,
      accelerators: raw.resources.accelerators ?? 0,
    },
    profile,
    inputs: raw.inputs ?? [],
    outputs: raw.outputs ?? [],
    ...(raw.artifact === undefined
      ? {}
      : { artifact: { path: raw.artifact.path, sha256: raw.artifact.sha256, bytes: raw.artifact.size } }),
    ...(raw.handler === undefined ? {} : { handler: raw.handler }),
    ...(raw.labels === undefined ? {} : { labels: raw.labels }),
  };
}

/** The rules a variant breaks; empty when it is sound. */
export function brokenVariantRules(raw: RawVariant, definition: VariantDefinition): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const { accelerators } = definition.resources;
  if ((raw.hardware === 'cpu') !== (accelerators === 0)) {
    broken.push({
      path: ['resources', 'accelerators'],
      message: `accelerators do not agree with hardware: ${raw.hardware}`,
      found: String(accelerators),
      expected: raw.hardware === 'cpu' ? '0 on cpu' : `the number or share of a ${raw.hardware} that the variant takes`,
    });
  }
  for (const { row, path } of rowsOf(raw.profile)) {
    if (!hasMean(row)) broken.push(noMean([...path], `batch ${row.batch} has no mean`, row));
    if (row.host !== undefined && !hasMean(row.host)) {
      broken.push(noMean([...path, 'host'], `the host's time for batch ${row.batch} has no mean`, row.host));
    }
  }
  // A row without a mean would be told twice.
  if (broken.some((rule) => rule.path[0] === 'profile')) return broken;
  const problems = profileProblems(definition.profile);
  return [...broken, ...problems.map((problem) => ({ ...problem, path: ['profile', ...problem.path] }))];
}

/** The definition of a machine type. */
export function machineTypeDefinition(raw: RawMachine, origin: Origin): MachineTypeDefinition {
  return {
    origin,
    name: raw.name,
    source: raw.source,
    cores: raw.cores,
    memoryBytes: raw.memory,
    ...(raw.accelerator === undefined
      ? {}
      : {
          accelerator: {
            hardware: raw.accelerator.hardware,
            count: raw.accelerator.count,
            memoryBytes: raw.accelerator.memory,
          },
        }),
    pricePerHourUsd: raw.price_per_hour_usd,
    reservedPricePerHourUsd: raw.reserved_price_per_hour_usd ?? raw.price_per_hour_usd,
    bootNs: raw.boot,
    idleWatts: raw.idle_watts,
    busyWatts: raw.busy_watts,
  };
}

/** The rules a machine type breaks; empty when it is sound. */
export function brokenMachineRules(raw: RawMachine): BrokenRule[] {
  const broken: BrokenRule[] = [];
  if (raw.busy_watts < raw.idle_watts) {
    const found = `${raw.busy_watts} W busy, ${raw.idle_watts} W idle`;
    const expected = 'busy_watts at least idle_watts';
    broken.push({ path: ['busy_watts'], message: 'a busy machine draws less than an idle one', found, expected });
  }
  const reservedUsd = raw.reserved_price_per_hour_usd ?? raw.price_per_hour_usd;
  if (reservedUsd > raw.price_per_hour_usd) {
    const found = `USD ${reservedUsd} reserved, ${raw.price_per_hour_usd} on demand`;
    const expected = 'reserved_price_per_hour_usd at most price_per_hour_usd';
    broken.push({ path: ['reserved_price_per_hour_usd'], message: 'reserving costs more than not', found, expected });
  }
  if (raw.accelerator?.hardware === 'cpu') {
    const expected = 'the name of an accelerator; cores are the cpu';
    broken.push({ path: ['accelerator', 'hardware'], message: 'a cpu is no accelerator', found: 'cpu', expected });
  }
  return broken;
}

/** All rows of a profile, each with its path from the variant on. */
function rowsOf({ rows, after_idle: afterIdle = [] }: RawProfile): { row: RawRow; path: ValuePath }[] {
  return [
    ...rows.map((row, index) => ({ row, path: ['profile', 'rows', index] })),
    ...afterIdle.flatMap((idle, at) =>
      idle.rows.map((row, index) => ({ row, path: ['profile', 'after_idle', at, 'rows', index] })),
    ),
  ];
}

function hasMean({ mean: meanNs, samples }: NonNullable<RawRow['host']>): boolean {
  return meanNs !== undefined || samples !== undefined;
}

function noMean(path: ValuePath, message: string, { quantiles }: NonNullable<RawRow['host']>): BrokenRule {
  return {
    path,
    message,
    found: quantiles === undefined ? 'no times at all' : 'quantiles only, which cut off the tail',
    expected: 'mean, or samples to take it from',
  };
}

function profileOf(raw: RawProfile): Profile {
  const { load_parts: parts, after_idle: afterIdle, colocated, reference_kernel: referenceNs, environment } = raw;
  return {
    source: raw.source,
    synthesised: raw.synthesised === true || raw.rows.some((row) => row.synthesised === true),
    rows: raw.rows.map(rowOf),
    loadNs: raw.load,
    peakMemoryBytes: raw.peak_memory,
    hostOverheadNs: raw.host_overhead,
    ...(parts === undefined
      ? {}
      : {
          loadParts: {
            processNs: parts.process,
            readNs: parts.read,
            createNs: parts.create,
            firstRunNs: parts.first_run,
          },
        }),
    ...(afterIdle === undefined
      ? {}
      : { afterIdle: afterIdle.map(({ idle, rows }) => ({ idleNs: idle, rows: rows.map(rowOf) })) }),
    ...(colocated === undefined ? {} : { colocated }),
    ...(referenceNs === undefined ? {} : { referenceNs }),
    ...(environment === undefined ? {} : { environment }),
  };
}

function rowOf(raw: RawRow): ProfileRow {
  return {
    batch: raw.batch,
    ...measuredTime(raw),
    ...(raw.host === undefined ? {} : { host: measuredTime(raw.host) }),
  };
}

function measuredTime({ mean: meanNs, samples, quantiles }: NonNullable<RawRow['host']>): MeasuredTime {
  const sampledMean = samples === undefined || samples.length === 0 ? 0 : Math.round(mean(samples));
  return {
    meanNs: meanNs ?? sampledMean,
    ...(samples === undefined ? {} : { samplesNs: samples }),
    ...(quantiles === undefined ? {} : { quantilesNs: ascending(quantiles) }),
  };
}

/** The keys of a map have no order of their own: p99 may be written before p50. */
function ascending(quantiles: Readonly<Record<string, number>>): { probability: number; valueNs: number }[] {
  return Object.entries(quantiles)
    .map(([percentile, valueNs]) => ({ probability: Number(percentile.slice(1)) / 100, valueNs }))
    .sort((a, b) => a.probability - b.probability);
}
