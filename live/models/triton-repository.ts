/**
 * Triton's model repository as its clients control it: an index of what there is with states, and models loaded and
 * unloaded by name. The folder is read anew at every load; what lies in it is never written. Models that were registered
 * otherwise are in the index as well and can be unloaded and loaded again; those of the config stay.
 */
import { ServingError, ServingErrors } from '../../core/index.ts';
import type { ModelRepository, RepositoryEntry, RepositoryParameters } from '../open-inference/index.ts';
import { indexOf } from '../open-inference/index.ts';
import type { ServicePort } from '../service/index.ts';
import type { ModelManager } from './model-manager.ts';
import { nameProblem } from './names.ts';
import { tritonModelNames } from './triton-drafts.ts';

export interface TritonRepositoryOptions {
  readonly manager: ModelManager;
  readonly service: Pick<ServicePort, 'directory' | 'isReady'>;
  /** Absolute path of the folder; undefined where only registered models are controlled. */
  readonly folder: string | undefined;
  /** Told which models could not be loaded at the start. */
  readonly note?: ((text: string) => void) | undefined;
}

const UNLOADED = 'unloaded';

export class TritonRepository implements ModelRepository {
  private readonly options: TritonRepositoryOptions;
  /** Why a model's last load failed, or that it was unloaded. */
  private readonly reasons = new Map<string, string>();
  private readonly loading = new Set<string>();

  constructor(options: TritonRepositoryOptions) {
    this.options = options;
  }

  /** What is served, virtual models included, then what is registered or lies in the folder and is not served. */
  index(): Promise<readonly RepositoryEntry[]> {
    const { manager, service } = this.options;
    const served = indexOf(service.directory, service.isReady);
    const isServed = (name: string, version?: string): boolean =>
      served.some((entry) => entry.name === name && (version === undefined || entry.version === version));
    const registered = manager
      .list()
      .filter(({ name, version }) => !isServed(name, version))
      .map(({ name, version }) => this.absent(name, version));
    const others = this.names()
      .filter((name) => !isServed(name) && registered.every((entry) => entry.name !== name))
      .map((name) => this.absent(name, ''));
    return Promise.resolve([...served, ...sorted([...registered, ...others])]);
  }

  /**
   * Loads a model, or loads it anew from what the folder holds now.
   *
   * @param parameters none is offered: Triton's `config` and `file:` bring files from the client.
   * @throws ServingError, ServingErrors; then what was served is served still.
   */
  async load(name: string, parameters: RepositoryParameters = new Map()): Promise<void> {
    requireName(name);
    if (parameters.size > 0) {
      const message = 'load parameters are not offered: models are loaded as the repository has them';
      throw new ServingError({ code: 'TRITON_LOAD_PARAMETER', message });
    }
    const { manager } = this.options;
    this.loading.add(name);
    try {
      if (this.names().includes(name)) {
        await manager.register({ kind: 'triton-repository', name }, { replace: true });
      } else if (manager.find(name) !== undefined) {
        await manager.setLoaded(name, true);
      } else if (this.options.service.directory.find(name)?.form !== 'variant') {
        throw new ServingError({ code: 'TRITON_UNKNOWN_MODEL', message: `failed to load '${name}', no such model` });
      }
      this.reasons.delete(name);
    } catch (error) {
      if (!(error instanceof ServingError && error.code === 'TRITON_UNKNOWN_MODEL'))
        this.reasons.set(name, reasonOf(error));
      throw error;
    } finally {
      this.loading.delete(name);
    }
  }

  /** @throws ServingError MODEL_UNKNOWN, MODEL_OF_CONFIG, MODEL_CONFLICT. */
  async unload(name: string): Promise<void> {
    requireName(name);
    await this.options.manager.setLoaded(name, false);
    this.reasons.set(name, UNLOADED);
  }

  /** Loads models when the service starts; one that cannot be loaded is told and holds up no other. */
  async loadAtStart(names: readonly string[] | 'all'): Promise<void> {
    for (const name of names === 'all' ? this.names() : names) {
      await this.load(name).catch((error: unknown) => this.options.note?.(`model ${name}: ${reasonOf(error)}`));
    }
  }

  /** Models whose last load failed, by name. */
  failures(): readonly { readonly name: string; readonly reason: string }[] {
    return [...this.reasons]
      .filter(([, reason]) => reason !== UNLOADED)
      .map(([name, reason]) => ({ name, reason }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  private names(): readonly string[] {
    const { folder } = this.options;
    return folder === undefined ? [] : tritonModelNames(folder);
  }

  private absent(name: string, version: string): RepositoryEntry {
    // A second load of the same name ends at once, as a conflict.
    if (this.loading.has(name) || this.options.manager.isChanging(name))
      return { name, version, state: 'LOADING', reason: '' };
    return { name, version, state: 'UNAVAILABLE', reason: this.reasons.get(name) ?? 'not loaded' };
  }
}

function requireName(name: string): void {
  const message = nameProblem('model', name);
  if (message !== undefined) throw new ServingError({ code: 'MODEL_NAME', message });
}

/** For clients: without places, which name files. */
function reasonOf(error: unknown): string {
  const errors = error instanceof ServingErrors ? error.errors : [error];
  const texts = errors.map((each) =>
    each instanceof ServingError
      ? [each.parts.message, each.parts.found].filter(Boolean).join('; found ')
      : 'internal error',
  );
  return texts.join('; ');
}

function sorted(entries: readonly RepositoryEntry[]): readonly RepositoryEntry[] {
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
