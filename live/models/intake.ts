/**
 * The one entry for models of every form: reads what a request names, as drafts, in a private folder of its own where
 * something has to be unpacked or fetched. Nothing is loaded, measured or kept here. Invariant: when a request was read
 * and disposed of, or could not be read, no file of it is left.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Handlers } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import type { SourceKind } from '../registry/index.ts';
import type { ArchiveLimits } from './archive-entry.ts';
import { readInfaasConfig } from './infaas-config.ts';
import { infaasDraft } from './infaas-draft.ts';
import type { MarDraft, MarWishes } from './mar-draft.ts';
import { bareModel, readMar } from './mar-draft.ts';
import type { MarConfig } from './mar-manifest.ts';
import type { DraftFile, ModelDraft } from './model-draft.ts';
import { modelInFolder } from './model-folder.ts';
import type { ModelSources } from './model-sources.ts';
import { checkedName } from './names.ts';
import { readProfile } from './profile-draft.ts';
import { readTritonModel } from './triton-drafts.ts';

/** A config of INFaaS's or a profile of ours, with the folder of its model. */
export interface TextRequest {
  readonly kind: 'infaas-config' | 'profile';
  readonly text: string;
  /** The config's name, as places begin with. */
  readonly file: string;
  /** Folder on this host that holds the model; undefined for a variant of its table only. */
  readonly folder: string | undefined;
}

/** A `.mar` archive, or an `.onnx` file by itself, from the store or an allowed URL. */
export interface ArchiveRequest extends MarWishes {
  readonly kind: 'archive';
  readonly url: string;
  /** Kept with the model. */
  readonly properties?: Properties | undefined;
}

/** A model of the Triton-style repository, all versions that its policy takes. */
export interface RepositoryRequest {
  readonly kind: 'triton-repository';
  readonly name: string;
}

export type ModelRequest = TextRequest | ArchiveRequest | RepositoryRequest;
export type Properties = Readonly<Record<string, string | number | boolean>>;

export interface ReadModel {
  readonly name: string;
  /** One for each version, the default one last. */
  readonly drafts: readonly ModelDraft[];
  readonly source: { readonly kind: SourceKind; readonly from: string };
  readonly properties: Properties;
  /** Removes what was unpacked or fetched; call it when the files have been copied, and after a failure. */
  dispose(): Promise<void>;
}

export interface IntakeOptions {
  /** Private folders are made in this one; absolute. */
  readonly scratch: string;
  readonly sources: ModelSources;
  readonly archives: ArchiveLimits;
  readonly handlers: Pick<Handlers, 'find'>;
  /** What serves archives that name a handler of somebody else's; undefined refuses them. */
  readonly defaultHandler: string | undefined;
  /** What "a GPU" is called here; undefined where the service has none. */
  readonly gpu: string | undefined;
  /** Absolute path of the Triton-style repository; undefined without. */
  readonly repository: string | undefined;
  /** Folders that configs and profiles may have their models in; anywhere when left out. */
  readonly roots?: readonly string[] | undefined;
  /** Breaks a download off. */
  readonly signal?: AbortSignal | undefined;
}

/** What "a GPU" is called where INFaaS was evaluated; its table-driven variants need no such device. */
const INFAAS_GPU = 'v100';
/** Under which name TorchServe's API looks for it. */
const RESPONSE_TIMEOUT = 'torchserve.response_timeout_s';

/** @throws ServingError, ServingErrors as the readers of each form. */
export async function readModel(request: ModelRequest, options: IntakeOptions): Promise<ReadModel> {
  switch (request.kind) {
    case 'infaas-config':
    case 'profile':
      return readText(request, options);
    case 'archive':
      return readArchive(request, options);
    case 'triton-repository':
      return readRepository(request, options);
  }
}

function readText({ kind, text, file, folder }: TextRequest, { roots, gpu }: IntakeOptions): ReadModel {
  const draft =
    kind === 'profile'
      ? readProfile(text, { place: file, folder, roots })
      : readConfig({ text, file, folder }, { roots, gpu: gpu ?? INFAAS_GPU });
  return {
    name: checkedName('model', draft.name),
    drafts: [draft],
    source: { kind, from: basename(file) },
    properties: {},
    dispose: () => Promise.resolve(),
  };
}

function readConfig(
  { text, file, folder }: Pick<TextRequest, 'text' | 'file' | 'folder'>,
  { roots, gpu }: { readonly roots: readonly string[] | undefined; readonly gpu: string },
): ModelDraft {
  let model: DraftFile | undefined;
  const config = readInfaasConfig(text, file, (filename) => {
    if (folder !== undefined) model = { path: modelInFolder(folder, { filename, roots }) };
  });
  return infaasDraft(config, { gpu, folder: folder ?? '.', file: model });
}

async function readArchive(request: ArchiveRequest, options: IntakeOptions): Promise<ReadModel> {
  const { url, properties = {}, ...wishes } = request;
  const { scratch, sources, archives: limits, handlers, defaultHandler, gpu, signal } = options;
  if (wishes.name !== undefined) checkedName('model', wishes.name);
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  // Made with rights for its owner alone.
  const folder = await mkdtemp(join(scratch, 'model-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const { path, file } = await sources.find(url, folder, signal);
    const how = { limits, handlers, defaultHandler, folder, gpu };
    const isArchive = !file.toLowerCase().endsWith('.onnx');
    const { draft, config }: MarDraft = isArchive
      ? await readMar(path, wishes, how)
      : bareModel(path, file, wishes, how);
    const source = { kind: isArchive ? 'mar' : 'onnx', from: url } as const;
    return {
      name: draft.name,
      drafts: [draft],
      source,
      properties: { ...propertiesOf(config), ...properties },
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function readRepository({ name }: RepositoryRequest, { repository, gpu }: IntakeOptions): ReadModel {
  if (repository === undefined) {
    throw new ServingError({ code: 'TRITON_NO_REPOSITORY', message: 'this service has no model repository' });
  }
  return {
    name,
    drafts: readTritonModel(repository, name, { gpu }),
    source: { kind: 'triton-repository', from: name },
    properties: {},
    dispose: () => Promise.resolve(),
  };
}

function propertiesOf({ responseTimeoutS }: MarConfig): Properties {
  return responseTimeoutS === undefined ? {} : { [RESPONSE_TIMEOUT]: responseTimeoutS };
}
