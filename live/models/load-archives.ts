/**
 * Serves files of the store from the start, as TorchServe's `load_models` does. Those that were registered before stay
 * as they are; one that cannot be served is told and holds up no other.
 */
import { readdirSync } from 'node:fs';
import { ServingError } from '../../core/index.ts';
import type { ModelManager } from './model-manager.ts';
import { isModelFile } from './model-sources.ts';

export interface LoadArchivesOptions {
  readonly manager: Pick<ModelManager, 'register'>;
  /** Absolute path of the store; undefined where there is none. */
  readonly store: string | undefined;
  /** Files of the store, or `name=file` for a name other than the archive's own; all there are. */
  readonly files: readonly string[] | 'all';
  /** Workers of an archive that does not say how many. */
  readonly defaultWorkers: number;
  /** Told which could not be served. */
  readonly note: (text: string) => void;
}

export async function loadArchives({ manager, store, files, ...options }: LoadArchivesOptions): Promise<void> {
  const { defaultWorkers, note } = options;
  const wanted = files === 'all' ? filesOf(store) : files;
  for (const each of wanted) {
    const [, name, url] = /^(?:([^=]*)=)?(.*)$/.exec(each) ?? [];
    try {
      await manager.register({ kind: 'archive', url, name, defaultWorkers });
    } catch (error) {
      const isThere = error instanceof ServingError && error.code === 'MODEL_CONFLICT';
      if (!isThere) note(`archive ${each}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function filesOf(store: string | undefined): readonly string[] {
  return store === undefined ? [] : readdirSync(store).filter(isModelFile).toSorted();
}
