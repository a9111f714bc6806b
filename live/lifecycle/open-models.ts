/** Models from files: the registry, the manager over it, and how each protocol sees them. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Handlers } from '../../backends/index.ts';
import { ModelManager, ModelSources, TorchServeModels, TritonRepository, loadArchives } from '../models/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Service } from '../service/index.ts';
import { incomingFolder, makePrivateFolder } from '../store/index.ts';
import type { ServerOptions } from './server-options.ts';

export interface ModelParts {
  readonly options: ServerOptions;
  readonly service: Service;
  readonly registry: Registry;
  readonly handlers: Handlers;
  /** Told what clients are not: why a download or a load failed. */
  readonly note: (text: string) => void;
}

export interface OpenModels {
  readonly manager: ModelManager;
  readonly repository: TritonRepository;
  readonly models: TorchServeModels;
}

/** Also loads what the config wants of the repository and the store. */
export async function openModels({ options, service, registry, handlers, note }: ModelParts): Promise<OpenModels> {
  const { models, state } = options;
  const [incoming, scratch] = [incomingFolder(state), join(state, 'scratch')];
  for (const folder of [incoming, scratch]) {
    // What lies there belongs to commands and registrations that a crash ended.
    rmSync(folder, { recursive: true, force: true });
    makePrivateFolder(folder);
  }
  const { sources, archives, defaultHandler, gpu, repository: folder, checks } = models;
  const intake = {
    scratch,
    sources: new ModelSources({ ...sources, note }),
    archives,
    handlers,
    defaultHandler,
    gpu,
    repository: folder,
    roots: [incoming, ...models.folders],
  };
  const manager = new ModelManager({ service, registry, intake, checks });
  const repository = new TritonRepository({ manager, service, folder, note });
  if (folder !== undefined) await repository.loadAtStart(models.load);
  // Workers are what an archive is loaded for: one at least.
  const defaultWorkers = Math.max(1, options.torchserve?.api.defaultWorkers ?? 1);
  await loadArchives({ manager, store: sources.store, files: models.loadArchives, defaultWorkers, note });
  return { manager, repository, models: new TorchServeModels(manager) };
}
