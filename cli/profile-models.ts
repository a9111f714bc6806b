/** The models that a command line of `rehearse profile` names, with what it says of them. */
import { bundledCatalogue, unknownName } from '../backends/index.ts';
import { ServingError } from '../core/index.ts';
import type { ModelWish } from '../experiments/measure/profile/index.ts';
import { modelFiles, namedAfter, wishOf } from '../experiments/measure/profile/index.ts';
import type { ProfileFlags } from './profile-options.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** @throws ServingError, ServingErrors for unknown variants, files that are not there and names that cannot be used. */
export function chosenModels(paths: readonly string[], flags: ProfileFlags): readonly ModelWish[] {
  if (paths.length === 0) return [...new Set(flags.variant)].map(catalogueModel);
  for (const option of ['name', 'architecture', 'precision', 'task', 'dataset', 'size', 'hardware'] as const) {
    requireName(option, flags[option]);
  }
  const files = modelFiles(paths);
  if (flags.name !== undefined && files.length > 1) {
    throw usage(
      '--name',
      'one name for several models',
      `${files.length} models`,
      'leave it out: each is named after its file',
    );
  }
  const wishes = files.map((file) => fileModel(file, flags));
  for (const [index, { name, file }] of wishes.entries()) {
    const other = wishes.slice(0, index).find((wish) => wish.name === name);
    if (other !== undefined) {
      throw usage(
        file,
        `its name would be ${name}, which ${other.file} has as well`,
        undefined,
        'profile them one by one with --name and --out',
      );
    }
  }
  return wishes;
}

function fileModel(file: string, flags: ProfileFlags): ModelWish {
  const suggested = namedAfter(file, flags.hardware);
  const { task = '', dataset = '', size, accuracy = 0, architecture = suggested.architecture } = flags;
  // A network may be named as the file is, by --architecture.
  const own = suggested.name === architecture ? `${suggested.name}-${flags.hardware}` : suggested.name;
  const name = flags.name ?? own;
  if (name === architecture) {
    const next = 'name another with --name or --architecture, so that a query says which it asks for';
    throw usage('--name', 'the variant would be named as its network', JSON.stringify(name), next);
  }
  return {
    file,
    name,
    useCase: { task, dataset, ...(size === undefined ? {} : { size }) },
    architecture,
    framework: 'onnxruntime',
    precision: flags.precision ?? suggested.precision,
    accuracyPercent: accuracy,
  };
}

function catalogueModel(name: string): ModelWish {
  const { variants } = bundledCatalogue();
  const found = variants.find((variant) => variant.name === name);
  if (found !== undefined) return wishOf(found);
  const withModels = variants.filter(({ artifact }) => artifact !== undefined).map((variant) => variant.name);
  throw unknownName('variant', name, withModels);
}

function requireName(option: string, value: string | undefined): void {
  if (value === undefined || NAME.test(value)) return;
  throw usage(
    `--${option}`,
    'it cannot be used as a name',
    JSON.stringify(value),
    'take letters, digits, ".", "_" and "-"',
  );
}

function usage(place: string, message: string, found: string | undefined, next: string): ServingError {
  return new ServingError({ code: 'CLI_PROFILE', place, message, ...(found === undefined ? {} : { found }), next });
}
