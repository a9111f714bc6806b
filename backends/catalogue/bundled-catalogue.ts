/** The catalogue that comes with Rehearse, from `backends/catalogue/data` in the repository. */
import { join } from 'node:path';
import type { CatalogueDefinitions } from './definitions.ts';
import { loadCatalogueFiles } from './load-catalogue-files.ts';
import { repositoryRoot } from './repository-root.ts';

// The one state at module level here: the files do not change while the program runs, and they are asked for by
// every config, test and command.
let loaded: CatalogueDefinitions | undefined;

/**
 * The bundled definitions; read once, immutable.
 *
 * @throws {ServingErrors} when a bundled file was edited into something invalid.
 */
export function bundledCatalogue(): CatalogueDefinitions {
  loaded ??= loadCatalogueFiles(join(repositoryRoot(), 'backends', 'catalogue', 'data'));
  return loaded;
}
