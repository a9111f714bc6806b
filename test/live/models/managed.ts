/**
 * A manager over a real registry and a service that only remembers what it was told: for the order of things and what is
 * undone, without engines. Requests are INFaaS configs of table-driven variants.
 */
import { createHandlers } from '../../../backends/index.ts';
import { milliseconds, seconds } from '../../../core/index.ts';
import type { IntakeOptions, ModelRequest } from '../../../live/models/intake.ts';
import { ModelManager } from '../../../live/models/model-manager.ts';
import { ModelSources } from '../../../live/models/model-sources.ts';
import { Registry } from '../../../live/registry/index.ts';
import type { ServedVariant, ServicePort, WorkerBounds } from '../../../live/service/index.ts';
import { ModelDirectory } from '../../../live/service/index.ts';
import { openStore } from '../../../live/store/index.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';

export class RememberingService implements Pick<ServicePort, 'directory' | 'isReady' | 'install' | 'remove' | 'scale'> {
  variants: readonly ServedVariant[];
  isReady = true;
  readonly told: string[] = [];
  /** What the next change fails with. */
  failure: Error | undefined;
  /** The next change waits for this. */
  hold: Promise<unknown> = Promise.resolve();

  constructor(variants: readonly ServedVariant[] = []) {
    this.variants = variants;
  }

  get directory(): ModelDirectory {
    return new ModelDirectory(this.variants);
  }

  async install(variants: readonly ServedVariant[]): Promise<void> {
    const names = variants.map(
      ({ name, definition, isDefault }) => `${name}:${definition.version}${isDefault ? '*' : ''}`,
    );
    await this.change(`install ${names.join(' ')}`);
    const others = this.variants.filter(
      (old) => !variants.some((each) => same(each, old.name, old.definition.version)),
    );
    this.variants = [...others, ...variants];
  }

  async remove(names: readonly { readonly name: string; readonly version?: string }[]): Promise<void> {
    await this.change(`remove ${names.map(({ name, version }) => `${name}:${version}`).join(' ')}`);
    this.variants = this.variants.filter((old) => !names.some(({ name, version }) => same(old, name, version)));
  }

  scale(name: string, version: string, bounds: WorkerBounds | 'auto'): void {
    this.told.push(`scale ${name}:${version} ${bounds === 'auto' ? bounds : `${bounds.least}-${bounds.most}`}`);
  }

  private async change(text: string): Promise<void> {
    this.told.push(text);
    const { failure, hold } = this;
    this.failure = undefined;
    await hold;
    if (failure !== undefined) throw failure;
  }
}

function same({ name, definition }: ServedVariant, other: string, version: string | undefined): boolean {
  return name === other && (version ?? definition.version) === definition.version;
}

export interface Managed {
  readonly manager: ModelManager;
  readonly registry: Registry;
  readonly scratch: string;
}

export async function managed(
  service: Pick<ServicePort, 'directory' | 'install' | 'remove' | 'scale'>,
  changes: Partial<IntakeOptions> & { readonly store?: string } = {},
): Promise<Managed> {
  const { store, ...intake } = changes;
  const registry = new Registry(openStore(temporaryFolder()));
  const scratch = temporaryFolder();
  const sources = new ModelSources({ store, allowedUrls: [], maxBytes: 1e7, timeoutMs: 1000, allowPrivate: false });
  const manager = new ModelManager({
    service,
    registry,
    intake: {
      scratch,
      sources,
      archives: { maxArchiveBytes: 1e7, maxEntries: 100, maxTotalBytes: 1e7, maxEntryBytes: 1e7, maxRatio: 200 },
      handlers: await createHandlers({ limits: { maxPixels: 1e6, maxSeconds: 5 }, own: [] }),
      defaultHandler: undefined,
      gpu: undefined,
      repository: undefined,
      ...intake,
    },
    checks: {
      maxFileBytes: 1e7,
      loadTimeoutNs: seconds(5),
      memoryMaxBytes: 600_000_000,
      profileTimeNs: milliseconds(50),
      profileRuns: 5,
      defaultMaxBatch: 4,
    },
  });
  return { manager, registry, scratch };
}

/** A config of INFaaS's for a variant that exists as its table. */
export function tableRequest(varname: string, changes: Readonly<Record<string, string>> = {}): ModelRequest {
  const config = {
    parname: 'resnet50',
    varname,
    dataset: 'imagenet',
    task: 'classification',
    framework: 'tensorrt',
    inputdim: '224',
    maxbatch: '1',
    loadlat: '1000',
    inflatb1: '4',
    accuracy: '71.2',
    compsize: '1',
    peakmemory: '1000000',
    ...changes,
  };
  const text = Object.entries(config).map(([key, value]) => `${key} ${value}\n`);
  return { kind: 'infaas-config', text: text.join(''), file: `configs/${varname}.config`, folder: undefined };
}

/** A profile of ours, with a version. */
export function profileRequest(name: string, version: string): ModelRequest {
  const text = `variants:
  - name: ${name}
    version: "${version}"
    use_case: { task: classification, dataset: ${name} }
    architecture: ${name}-network
    framework: onnx
    hardware: cpu
    precision: fp32
    max_batch: 1
    accuracy_percent: 90
    resources: { cores: 1 }
    profile: { source: a test, load: 1 ms, peak_memory: 1 MB, host_overhead: 0 us, rows: [{ batch: 1, mean: 1 ms }] }
`;
  return { kind: 'profile', text, file: `${name}.yaml`, folder: undefined };
}
