/** Models as Triton's repository calls see them: listed, loaded and unloaded. The rest of the service implements it. */
import { HttpRefusal } from '../http/index.ts';
import type { ModelDirectory, ServicePort } from '../service/index.ts';
import type { ParameterValue } from './parameters.ts';

export interface RepositoryEntry {
  readonly name: string;
  readonly version: string;
  readonly state: 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING' | 'UNKNOWN';
  /** Why it is not ready; '' when it is. */
  readonly reason: string;
}

/** Values of bytes come base64-encoded over HTTP, under names that begin with `file:`. */
export type RepositoryParameters = ReadonlyMap<string, ParameterValue | Uint8Array>;

export interface ModelRepository {
  index(): Promise<readonly RepositoryEntry[]>;
  /** @throws ServingError, HttpRefusal */
  load(name: string, parameters: RepositoryParameters): Promise<void>;
  /** @throws ServingError, HttpRefusal */
  unload(name: string, parameters: RepositoryParameters): Promise<void>;
}

/** Lists what the service has and changes nothing, where there is no repository to load from. */
export function fixedRepository(service: ServicePort): ModelRepository {
  const refuse = (): Promise<never> =>
    Promise.reject(new HttpRefusal(501, 'loading and unloading of models is not offered here'));
  return {
    index: () => Promise.resolve(indexOf(service.directory, service.isReady)),
    load: refuse,
    unload: refuse,
  };
}

/** One line per model and version, virtual models included. */
export function indexOf(directory: ModelDirectory, isReady: boolean): RepositoryEntry[] {
  return directory.list().map(({ name, version }) => {
    return {
      name,
      version,
      state: isReady ? 'READY' : 'UNAVAILABLE',
      reason: isReady ? '' : 'the service is not ready',
    };
  });
}
