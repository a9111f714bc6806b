/** `rehearse catalogue`: the variants and machine types that a config may name. */
import { Command, Option } from 'commander';
import { bundledCatalogue, selectCatalogue, unknownName } from '../../backends/index.ts';
import type { CatalogueDefinitions, VariantDefinition } from '../../backends/index.ts';
import { useCaseName } from '../../core/index.ts';
import { architectureRows, machineRows, variantRows } from '../catalogue-rows.ts';
import type { Outcome } from '../exit-codes.ts';
import { textTable } from '../text-table.ts';
import type { TextRow } from '../text-table.ts';

const EXAMPLE = `
Example:
  $ rehearse catalogue --architecture resnet50

Times are of a batch that has its cores or its device to itself; inputs per second are one worker's with full batches.
Figures are "measured", or "synthesised" when some were scaled or modelled: the files in backends/catalogue/data say how.`;

interface Flags {
  readonly architecture?: string;
  readonly useCase?: string;
  readonly hardware?: string;
  readonly machines?: true;
  readonly json?: true;
}

export function catalogueCommand(_outcome: Outcome): Command {
  return new Command('catalogue')
    .description('List the variants and machine types that come with Rehearse.')
    .option('--architecture <name>', 'the variants of one network, such as resnet50')
    .option('--use-case <name>', 'the variants of a task-dataset, or of a task-dataset-size')
    .option('--hardware <name>', 'the variants for one kind of hardware, such as cpu')
    .addOption(new Option('--machines', 'the machine types instead').conflicts(['architecture', 'useCase', 'hardware']))
    .option('--json', 'print one array of objects')
    .addHelpText('after', EXAMPLE)
    .action((flags: Flags) => {
      const rows = rowsFor(flags);
      process.stdout.write(flags.json === true ? `${JSON.stringify(rows, null, 1)}\n` : textTable(rows));
    });
}

function rowsFor({ architecture, useCase, hardware, machines }: Flags): TextRow[] {
  const definitions = bundledCatalogue();
  const filters: readonly Filter[] = [
    { kind: 'architecture', wanted: architecture, read: (variant) => [variant.architecture] },
    { kind: 'use case', wanted: useCase, read: useCaseNames },
    { kind: 'hardware', wanted: hardware, read: (variant) => [variant.hardware] },
  ];
  const asked = filters.filter(({ wanted }) => wanted !== undefined);
  const catalogue = selectCatalogue(
    { ...definitions, variants: asked.reduce(kept, definitions.variants) },
    { sampling: 'mean', extrapolate: false },
  );
  if (machines === true) return machineRows(catalogue.machineTypes);
  return asked.length > 0 ? variantRows(catalogue) : architectureRows(catalogue);
}

interface Filter {
  readonly kind: 'architecture' | 'use case' | 'hardware';
  readonly wanted: string | undefined;
  /** The names a variant is found by. */
  readonly read: (variant: VariantDefinition) => readonly string[];
}

/**
 * The variants a filter leaves.
 *
 * @throws {ServingError} when it leaves none, naming what the variants left so far have.
 */
function kept(variants: CatalogueDefinitions['variants'], { kind, wanted = '', read }: Filter): VariantDefinition[] {
  const left = variants.filter((variant) => read(variant).includes(wanted));
  if (left.length > 0) return left;
  throw unknownName(kind, wanted, [...new Set(variants.flatMap(read))].toSorted());
}

/** A use case with its size, and without, which means every size. */
function useCaseNames({ useCase: { task, dataset, size } }: VariantDefinition): readonly string[] {
  const whole = useCaseName({ task, dataset });
  return size === undefined ? [whole] : [whole, useCaseName({ task, dataset, size })];
}
