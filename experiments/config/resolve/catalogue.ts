/**
 * The catalogue of a run as its config asks for it: definitions bundled and from files, the variants that the config
 * picks, the machine types of its fleet. Mistakes in a pick are told at the pick's line.
 */
import { resolve } from 'node:path';
import type { z } from 'zod';
import type { CatalogueDefinitions, CatalogueNeeds, Sampling, ValuePath } from '../../../backends/index.ts';
import { bundledCatalogue, joinDefinitions, loadCatalogueFiles, selectCatalogue } from '../../../backends/index.ts';
import type { Catalogue } from '../../../core/index.ts';
import { ServingErrors } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { ScenarioConfig } from '../experiment-config.ts';
import { VARIANTS_WHAT, catalogueShape, catalogueWords, variantPickSchema } from '../schema/surroundings.ts';

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
  if (!reader.isMap(PATH, catalogueWords.what)) return undefined;
  reader.refuseOthers(Object.keys(catalogueShape), PATH);
  const files = reader.read(catalogueShape.files, [...PATH, 'files']);
  if (files === undefined) return undefined;
  const nothing = { variants: [], machineTypes: [], warnings: [] };
  try {
    const own = files.length === 0 ? nothing : loadCatalogueFiles(files.map((file) => resolve(reader.folder, file)));
    return { own, all: joinDefinitions(bundledCatalogue(needsOf(reader, own)), own) };
  } catch (error) {
    reader.adopt(error, [...PATH, 'files']);
    return undefined;
  }
}

/** What the config asks of the bundled files: the variants it picks and places, but for its own. */
function needsOf(reader: ConfigReader, own: CatalogueDefinitions): CatalogueNeeds {
  const names = own.variants.map(({ name }) => name);
  const picks: unknown = reader.at(VARIANTS);
  const asked = [
    ...(Array.isArray(picks) ? picks.map(wordsOf) : []),
    ...keysOf(reader.at(['fleet', 'workers'])).map((name) => [name]),
  ];
  return { picks: asked.filter((words) => words.length !== 1 || !names.includes(words[0])), names };
}

/** The values of a pick, well-formed or not; it is judged later. */
function wordsOf(pick: unknown): readonly string[] {
  if (typeof pick === 'string') return [pick];
  return typeof pick === 'object' && pick !== null ? Object.values(pick).map(String) : [];
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

/** @param machineTypes the names of the fleet's machine types that are defined. */
export function resolveCatalogue(
  reader: ConfigReader,
  { all, own }: { readonly all: CatalogueDefinitions; readonly own: CatalogueDefinitions },
  machineTypes: readonly string[],
): ResolvedCatalogue | undefined {
  reader.notes.push(...own.warnings);
  const sampling = reader.read(catalogueShape.sampling, [...PATH, 'sampling']);
  const extrapolate = reader.read(catalogueShape.extrapolate, [...PATH, 'extrapolate']);
  const how = { sampling: sampling ?? 'mean', extrapolate: extrapolate ?? true };
  const picks = readPicks(reader, own);
  const names = picks.map((pick, index) =>
    pick === undefined ? undefined : pickedNames(reader, { pick, index, definitions: all, how }),
  );
  if (sampling === undefined || extrapolate === undefined) return undefined;
  if (names.length === 0 || names.includes(undefined) || machineTypes.length === 0) return undefined;
  const variants = names.flatMap((picked) => picked ?? []);
  const catalogue = selected(reader, VARIANTS, () =>
    selectCatalogue(all, { variants, machines: machineTypes, ...how, place: reader.locate(VARIANTS) }),
  );
  if (catalogue === undefined) return undefined;
  return { catalogue, defined: all.variants.map(({ name }) => name), sampling, extrapolate };
}

type VariantPick = z.output<typeof variantPickSchema>;

/** What the config picks: its list, or all that its own files define. */
function readPicks(reader: ConfigReader, own: CatalogueDefinitions): (VariantPick | undefined)[] {
  const given = reader.at(VARIANTS);
  if (given === undefined && own.variants.length > 0) return own.variants.map(({ name }) => name);
  const picks = reader.readEach(variantPickSchema, VARIANTS, VARIANTS_WHAT);
  if (given === undefined || (Array.isArray(given) && given.length === 0)) reader.refuse(VARIANTS, VARIANTS_WHAT);
  return picks;
}

interface Picking {
  readonly pick: VariantPick;
  readonly index: number;
  readonly definitions: CatalogueDefinitions;
  readonly how: { readonly sampling: Sampling; readonly extrapolate: boolean };
}

/** The names of the variants that one entry picks; undefined after a complaint. */
function pickedNames(reader: ConfigReader, { pick, index, definitions, how }: Picking): readonly string[] | undefined {
  const path = [...VARIANTS, index];
  const machines = definitions.machineTypes.slice(0, 1).map(({ name }) => name);
  const selection = { variants: [pick], machines, ...how, place: reader.locate(path) };
  return selected(reader, path, () => selectCatalogue(definitions, selection))?.variants.map(({ name }) => name);
}

/** What a selection gives; its mistakes are told at the config's line, for that is where the choice was made. */
function selected(reader: ConfigReader, path: ValuePath, select: () => Catalogue): Catalogue | undefined {
  try {
    return select();
  } catch (error) {
    if (!(error instanceof ServingErrors)) throw error;
    for (const { parts } of error.errors) reader.fail(path, { ...parts, message: `cannot be used: ${parts.message}` });
    return undefined;
  }
}
