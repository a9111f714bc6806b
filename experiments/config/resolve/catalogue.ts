/**
 * The catalogue of a run as its config asks for it: definitions bundled and from files, the variants that the config
 * picks, the machine types of its fleet. Mistakes in a pick are told at the pick's line.
 */
import { resolve } from 'node:path';
import type { CatalogueDefinitions, ValuePath } from '../../../backends/index.ts';
import { bundledCatalogue, joinDefinitions, loadCatalogueFiles, selectCatalogue } from '../../../backends/index.ts';
import type { Catalogue } from '../../../core/index.ts';
import { ServingError, ServingErrors } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { ScenarioConfig } from '../experiment-config.ts';
import { catalogueShape, catalogueWords } from '../schema/surroundings.ts';

export interface ResolvedCatalogue extends Pick<ScenarioConfig, 'sampling' | 'extrapolate'> {
  readonly catalogue: Catalogue;
  /** Names of all variants that are defined, selected or not. */
  readonly defined: readonly string[];
}

const PATH = ['catalogue'];
const VARIANTS = ['catalogue', 'variants'];

/** All definitions the config can use, by whether they come from its own files; undefined when a file is unusable. */
export function readDefinitionFiles(
  reader: ConfigReader,
): { readonly all: CatalogueDefinitions; readonly own: CatalogueDefinitions } | undefined {
  const files = reader.read(catalogueShape.files, [...PATH, 'files']);
  if (files === undefined) return undefined;
  const nothing = { variants: [], machineTypes: [], warnings: [] };
  try {
    const own = files.length === 0 ? nothing : loadCatalogueFiles(files.map((file) => resolve(reader.folder, file)));
    return { own, all: joinDefinitions(bundledCatalogue(), own) };
  } catch (error) {
    reader.adopt(error, [...PATH, 'files']);
    return undefined;
  }
}

/** @param machineTypes the names of the fleet's machine types that are defined. */
export function resolveCatalogue(
  reader: ConfigReader,
  { all, own }: { readonly all: CatalogueDefinitions; readonly own: CatalogueDefinitions },
  machineTypes: readonly string[],
): ResolvedCatalogue | undefined {
  const { variants: picks, sampling, extrapolate } = reader.readKeys(catalogueShape, PATH, catalogueWords.what);
  reader.notes.push(...own.warnings);
  if (picks === undefined && own.variants.length === 0 && reader.at(VARIANTS) === undefined) {
    reader.refuse(VARIANTS, 'a list of variants by name or filter, at least one');
  }
  if (sampling === undefined || extrapolate === undefined) return undefined;
  const wanted = picks ?? own.variants.map(({ name }) => name);
  const names = wanted.map((pick, index) =>
    selected(reader, [...VARIANTS, index], () =>
      selectCatalogue(all, {
        variants: [pick],
        machines: all.machineTypes.slice(0, 1).map(({ name }) => name),
        sampling,
        extrapolate,
        place: reader.locate([...VARIANTS, index]),
      }),
    ),
  );
  if (wanted.length === 0 || names.includes(undefined) || machineTypes.length === 0) return undefined;
  const variants = names.flatMap((catalogue) => (catalogue?.variants ?? []).map(({ name }) => name));
  const catalogue = selected(reader, VARIANTS, () =>
    selectCatalogue(all, { variants, machines: machineTypes, sampling, extrapolate, place: reader.locate(VARIANTS) }),
  );
  if (catalogue === undefined) return undefined;
  return { catalogue, defined: all.variants.map(({ name }) => name), sampling, extrapolate };
}

/** What a selection gives; its mistakes are told at the config's line, for that is where the choice was made. */
function selected(reader: ConfigReader, path: ValuePath, select: () => Catalogue): Catalogue | undefined {
  try {
    return select();
  } catch (error) {
    if (!(error instanceof ServingErrors)) throw error;
    for (const { parts } of error.errors) {
      const isTable = parts.code.startsWith('TABLE_');
      reader.adopt(new ServingError(isTable ? { ...parts, place: reader.locate(path) } : parts), path);
    }
    return undefined;
  }
}
