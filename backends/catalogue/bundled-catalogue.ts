/**
 * The catalogue that comes with Rehearse, from `backends/catalogue/data` in the repository. Parsing YAML is most of what
 * a start costs, so who knows what is asked for has only the files parsed that can hold it. Invariant: what is left out
 * could not have been picked.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogueDefinitions } from './definitions.ts';
import { loadCatalogueFiles } from './load-catalogue-files.ts';
import { repositoryRoot } from './repository-root.ts';

// The one state at module level here: the files do not change while the program runs, and they are asked for by
// every config, test and command.
const loaded = new Map<string, CatalogueDefinitions>();

/** What somebody asks of the catalogue, in the values that a variant states: its name, or those of a filter. */
export interface CatalogueNeeds {
  /** Each must be met by one variant, which states all of its values. */
  readonly picks: readonly (readonly string[])[];
  /** Names of variants that are loaded if they exist, such as those that a config defines again. */
  readonly names: readonly string[];
}

/**
 * The bundled definitions; read once, immutable.
 *
 * @param needs only the machine types and the files that state the values of a pick, or a name, are loaded. When no
 * file meets some pick all are, so that a message can say what there is. Default: all.
 * @throws {ServingErrors} when a bundled file was edited into something invalid.
 */
export function bundledCatalogue(needs?: CatalogueNeeds): CatalogueDefinitions {
  const folder = join(repositoryRoot(), 'backends', 'catalogue', 'data');
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const paths = names.toSorted().map((name) => join(folder, name));
  const wanted = needs === undefined ? paths : pathsFor(needs, paths);
  const key = wanted.join('\n');
  const definitions = loaded.get(key) ?? loadCatalogueFiles(wanted);
  loaded.set(key, definitions);
  return definitions;
}

function pathsFor({ picks, names }: CatalogueNeeds, paths: readonly string[]): readonly string[] {
  const texts = new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
  const holding = (values: readonly string[]): string[] => {
    const patterns = values.map((value) => new RegExp(`: "?${value.replaceAll(/\W/g, '\\$&')}"?(?![^\\s,}])`));
    return paths.filter((path) => patterns.every((pattern) => pattern.test(texts.get(path) ?? '')));
  };
  const met = picks.map(holding);
  if (met.some((files) => files.length === 0)) return paths;
  const kept = new Set([...met.flat(), ...names.flatMap((name) => holding([name]))]);
  return paths.filter((path) => kept.has(path) || /^machines:/m.test(texts.get(path) ?? ''));
}
