/**
 * Whether profiles repeat: the profiler measures the same variants twice, and the medians at each batch are compared, as
 * they came and after normalising by the reference kernel, in three ways. No bound fails anything here: on a busy machine
 * the figures say how busy it was.
 */
import { resolve } from 'node:path';
import { mean, median } from 'simple-statistics';
import type { Nanos } from '../../core/index.ts';
import { bundledCatalogue } from '../../backends/index.ts';
import { measureVariants, quantileOf, summaryOf } from '../../experiments/measure/profile/index.ts';
import type {
  CellSummary,
  MeasuredVariants,
  ProfiledVariant,
  VariantSummary,
} from '../../experiments/measure/profile/index.ts';

/**
 * How two medians are made comparable. `none`: not at all. `whole`: each divided by the reference kernel over its whole
 * run. `block`: samples divided by the kernel around their own block, then pooled; this is what profiles hold.
 * `block-median`: as `block`, but the median of the blocks' medians, so that a disturbed block has one vote.
 */
export const NORMALISATIONS = ['none', 'whole', 'block', 'block-median'] as const;
export type RepeatNormalisation = (typeof NORMALISATIONS)[number];

export interface RepeatedCell {
  readonly variant: string;
  readonly batch: number;
  /** Medians of the two runs as they came. */
  readonly firstNs: Nanos;
  readonly secondNs: Nanos;
  /** Second against first, in percent of the first. */
  readonly differencePercent: Readonly<Record<RepeatNormalisation, number>>;
}

export interface ProfileRepeat {
  readonly cells: readonly RepeatedCell[];
  /** Share of cells that agree within 5 %, and the mean size of the difference, in percent. */
  readonly withinPercent: Readonly<Record<RepeatNormalisation, number>>;
  readonly meanPercent: Readonly<Record<RepeatNormalisation, number>>;
  /** Reference kernel of the two runs. */
  readonly referenceNs: readonly [Nanos, Nanos];
  /** What the two runs say of the machine. */
  readonly warnings: readonly string[];
}

export interface ProfileRepeatOptions {
  readonly variants: readonly string[];
  readonly batches: readonly number[];
  readonly samples: number;
  readonly rounds: number;
  readonly cellBudgetNs: Nanos;
}

export const REPEATED_VARIANTS = [
  'fmnist-lenet-fp32',
  'fmnist-resnet8-int8',
  'fmnist-resnet20-int8',
  'fmnist-resnet20-fp32',
];
const BOUND_PERCENT = 5;

/** Profiles twice, one run after the other. */
export async function profileRepeat(options: ProfileRepeatOptions): Promise<ProfileRepeat> {
  const { batches, samples: samplesMax, rounds, cellBudgetNs } = options;
  const variants = options.variants.map(bundledVariant);
  const profileOptions = { batches, gapsNs: [], samplesMax, rounds, cellBudgetNs };
  const first = await measureVariants(variants, profileOptions);
  const second = await measureVariants(variants, profileOptions);
  const cells = variants.flatMap(({ name }, target) =>
    repeatedCells(name, viewsOf(first, target), viewsOf(second, target)),
  );
  const each = (read: (name: RepeatNormalisation) => number): Record<RepeatNormalisation, number> => ({
    none: read('none'),
    whole: read('whole'),
    block: read('block'),
    'block-median': read('block-median'),
  });
  const sizes = (name: RepeatNormalisation): number[] =>
    cells.map(({ differencePercent }) => Math.abs(differencePercent[name]));
  return {
    cells,
    withinPercent: each((name) => (100 * sizes(name).filter((size) => size <= BOUND_PERCENT).length) / cells.length),
    meanPercent: each((name) => mean(sizes(name))),
    referenceNs: [first.variants[0].summary.referenceNs, second.variants[0].summary.referenceNs],
    warnings: [...first.noise.warnings, ...second.noise.warnings],
  };
}

export function profileRepeatText({ cells, withinPercent, meanPercent, referenceNs, warnings }: ProfileRepeat): string {
  const signed = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(1)} %`.padStart(9);
  const ms = (valueNs: Nanos): string => `${(valueNs / 1e6).toFixed(4)} ms`.padStart(12);
  const heading = ['p50 of two runs'.padEnd(32), 'first'.padStart(12), 'second'.padStart(12)];
  const columns = NORMALISATIONS.map((name) => name.padStart(14));
  const lines = cells.map(({ variant, batch, firstNs, secondNs, differencePercent }) => {
    const differences = NORMALISATIONS.map((name) => signed(differencePercent[name]).padStart(14));
    return [`${variant} batch ${batch}`.padEnd(32), ms(firstNs), ms(secondNs), ...differences].join('');
  });
  const total = (label: string, values: Readonly<Record<RepeatNormalisation, number>>): string =>
    [label.padEnd(56), ...NORMALISATIONS.map((name) => `${values[name].toFixed(1)} %`.padStart(14))].join('');
  return [
    [...heading, ...columns].join(''),
    ...lines,
    total(`within ${BOUND_PERCENT} %`, withinPercent),
    total('mean size of the difference', meanPercent),
    `reference kernel ${ms(referenceNs[0]).trim()} and ${ms(referenceNs[1]).trim()}; profiles hold "block"`,
    ...warnings.map((warning) => `not to be trusted: ${warning}`),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

interface Views {
  readonly raw: VariantSummary;
  readonly normalised: VariantSummary;
}

function viewsOf({ records }: MeasuredVariants, target: number): Views {
  return { raw: summaryOf(records, target, 'none'), normalised: summaryOf(records, target, 'block') };
}

function repeatedCells(variant: string, first: Views, second: Views): RepeatedCell[] {
  return first.raw.cells.flatMap((cell, index) => {
    const other = second.raw.cells.find(({ batch }) => batch === cell.batch);
    if (other === undefined) return [];
    const [before, after] = [first, second].map(({ normalised }) => ({
      cell: normalised.cells[index],
      referenceNs: normalised.referenceNs,
    }));
    const differencePercent = {
      none: change(cell.rawMedianNs, other.rawMedianNs),
      whole: change(cell.rawMedianNs / before.referenceNs, other.rawMedianNs / after.referenceNs),
      block: change(pooled(before.cell) / before.referenceNs, pooled(after.cell) / after.referenceNs),
      'block-median': change(
        median([...before.cell.blockMediansNs]) / before.referenceNs,
        median([...after.cell.blockMediansNs]) / after.referenceNs,
      ),
    };
    return [{ variant, batch: cell.batch, firstNs: cell.rawMedianNs, secondNs: other.rawMedianNs, differencePercent }];
  });
}

/** The median in the profile; the mean where samples are too few for one. */
function pooled({ row }: CellSummary): Nanos {
  return quantileOf(row, 0.5) ?? row.meanNs;
}

function change(before: number, after: number): number {
  return 100 * (after / before - 1);
}

function bundledVariant(name: string): ProfiledVariant {
  const found = bundledCatalogue().variants.find((variant) => variant.name === name);
  if (found?.artifact === undefined) throw new Error(`${name} is no bundled variant with a model`);
  const { artifact, origin, hardware, maxBatch, inputs, outputs, useCase } = found;
  const file = resolve(origin.folder, artifact.path);
  return { name, file, sha256: artifact.sha256, hardware, threads: 1, maxBatch, inputs, outputs, useCase };
}
