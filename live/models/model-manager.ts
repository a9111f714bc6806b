/**
 * Registers models and takes them away again: reads, checks, measures, keeps and serves, and undoes what was done when a
 * later step fails. Invariant: what the registry says is loaded is what the service has beside its config, except while a
 * change is under way; each name has one change at a time.
 */
import type { ModelRecord, NewModel, Registry, StagedArtifact } from '../registry/index.ts';
import { toServedVariants } from '../registry/index.ts';
import type { VariantDefinition } from '../../backends/index.ts';
import { ServingError } from '../../core/index.ts';
import type { ServicePort, WorkerBounds } from '../service/index.ts';
import { Changes } from './changes.ts';
import type { ModelCheckOptions } from './complete-draft.ts';
import { completeDraft } from './complete-draft.ts';
import type { IntakeOptions, ModelRequest, ReadModel } from './intake.ts';
import { readModel } from './intake.ts';
import type { ModelDraft } from './model-draft.ts';
import { NameLocks } from './name-locks.ts';
import type { Checked } from './new-models.ts';
import { modelsOf } from './new-models.ts';

export interface ModelManagerOptions {
  readonly service: Pick<ServicePort, 'directory' | 'install' | 'remove' | 'scale'>;
  readonly registry: Registry;
  readonly intake: IntakeOptions;
  readonly checks: ModelCheckOptions;
}

export interface RegisterOptions {
  /** Puts the versions that come in the place of all that the name has; otherwise a version that is there is a conflict. */
  readonly replace?: boolean | undefined;
}

export interface Registered {
  readonly name: string;
  /** In the order of registration. */
  readonly versions: readonly string[];
  /** What the user should know of how the files were read. */
  readonly notes: readonly string[];
}

/** Longer than an epoch that was replaced may still load files. */
const PRUNE_MS = 120_000;

export class ModelManager {
  private readonly options: ModelManagerOptions;
  private readonly locks = new NameLocks();
  private readonly changes = new Changes();
  private pruning: NodeJS.Timeout | undefined;
  /** Measuring is for one at a time: two would measure each other. */
  private measuring: Promise<unknown> = Promise.resolve();

  constructor(options: ModelManagerOptions) {
    this.options = options;
  }

  /**
   * Registers a model; fulfilled when queries find it. When it fails nothing has changed.
   *
   * @throws ServingError MODEL_CONFLICT when the version is there already or the name is being changed, MODELS_BUSY,
   * MODELS_STOPPING; else as `readModel`, `completeDraft`, the registry's `stage` and the service's `install`.
   */
  register(request: ModelRequest, { replace = false }: RegisterOptions = {}): Promise<Registered> {
    return this.changes.make(async () => {
      const read = await readModel(request, { ...this.options.intake, signal: this.changes.signal });
      try {
        return await this.locks.hold(read.name, () => this.add(read, replace));
      } finally {
        await read.dispose();
      }
    });
  }

  /**
   * Takes a model away, all its versions unless one is given. What is open is answered first.
   * @throws ServingError MODEL_UNKNOWN, MODEL_OF_CONFIG, MODEL_DEFAULT_VERSION, MODEL_CONFLICT, MODELS_BUSY,
   * MODELS_STOPPING.
   */
  unregister(name: string, version?: string): Promise<void> {
    return this.changeOf(name, async () => {
      const { registry, service } = this.options;
      const versions = registry.versions(name);
      const gone = versions.filter((record) => version === undefined || record.version === version);
      if (gone.length === 0) throw this.unknown(name, version);
      if (gone.length < versions.length && gone.some(({ isDefault }) => isDefault)) {
        throw new ServingError({
          code: 'MODEL_DEFAULT_VERSION',
          message: `Cannot remove default version for model ${name}`,
          next: 'make another version the default first',
        });
      }
      const served = gone.filter(({ loaded }) => loaded);
      if (served.length > 0) await service.remove(served.map((record) => ({ name, version: record.version })));
      registry.remove(name, version);
      this.pruneLater();
    });
  }

  /** @throws ServingError as `unregister`. */
  setDefault(name: string, version: string): Promise<void> {
    return this.changeOf(name, async () => {
      const { registry } = this.options;
      const before = registry.get(name);
      if (before === undefined || registry.get(name, version) === undefined) throw this.unknown(name, version);
      registry.setDefault(name, version);
      await this.serve(name).catch((error: unknown) => {
        registry.setDefault(name, before.version);
        throw error;
      });
    });
  }

  /** Serves a registered model, or serves it no more but keeps it. @throws ServingError as `unregister`. */
  setLoaded(name: string, loaded: boolean): Promise<void> {
    return this.changeOf(name, async () => {
      const { registry, service } = this.options;
      const versions = registry.versions(name);
      if (versions.length === 0) throw this.unknown(name, undefined);
      const changed = versions.filter((record) => record.loaded !== loaded);
      if (changed.length === 0) return;
      const set = (to: boolean): void => changed.forEach(({ version }) => registry.setLoaded(name, version, to));
      set(loaded);
      const done = loaded ? this.serve(name) : service.remove(changed.map(({ version }) => ({ name, version })));
      await done.catch((error: unknown) => {
        set(!loaded);
        throw error;
      });
    });
  }

  /**
   * Keeps a version's workers between bounds; those of a registered one also after a restart.
   * @throws ServingError SERVICE_UNKNOWN_VARIANT.
   */
  scale(name: string, version: string, bounds: WorkerBounds | 'auto'): void {
    const { registry, service } = this.options;
    service.scale(name, version, bounds);
    if (registry.get(name, version) !== undefined) registry.setBounds(name, version, bounds);
  }

  /** What is registered, in the order of registration. */
  list(): readonly ModelRecord[] {
    return this.options.registry.list();
  }

  /** One registered version, the default one unless a version is given. */
  find(name: string, version?: string): ModelRecord | undefined {
    return this.options.registry.get(name, version);
  }

  isChanging(name: string): boolean {
    return this.locks.isHeld(name);
  }

  /** Takes no more changes and breaks off what fetches and measures; fulfilled when no change is under way any more. */
  async close(): Promise<void> {
    clearTimeout(this.pruning);
    await this.changes.close();
  }

  private changeOf(name: string, work: () => Promise<void>): Promise<void> {
    return this.changes.make(() => this.locks.hold(name, work));
  }

  private async add(read: ReadModel, replace: boolean): Promise<Registered> {
    const { registry } = this.options;
    const { name, drafts } = read;
    this.requireRoom(read, replace);
    const before = registry.versions(name);
    const checked: Checked[] = [];
    for (const draft of drafts) {
      const known = before.find(({ version }) => version === draft.version);
      checked.push({ draft, definition: await this.check(draft, known?.definition) });
    }
    const staged: StagedArtifact[] = [];
    try {
      for (const { definition } of checked) {
        const { artifact } = definition;
        if (artifact !== undefined) staged.push(await registry.stage(artifact.path, artifact.sha256));
      }
      await this.keepAndServe(modelsOf(read, checked, { staged, replace }), before, replace);
    } finally {
      for (const each of staged) each.release();
    }
    if (before.length > 0) this.pruneLater();
    const notes = drafts.flatMap((draft) => draft.notes);
    return { name, versions: drafts.map(({ version }) => version), notes: [...new Set(notes)] };
  }

  /** Records, then serves; records as before when serving fails. */
  private async keepAndServe(
    models: readonly NewModel[],
    before: readonly ModelRecord[],
    replace: boolean,
  ): Promise<void> {
    const { registry, service } = this.options;
    const [{ name }] = models;
    const versions = models.map(({ definition }) => definition.version);
    for (const model of models) registry.put(model);
    try {
      await this.serve(name);
    } catch (error) {
      this.restore(name, versions, before);
      throw error;
    }
    const stale = replace ? before.filter(({ version }) => !versions.includes(version)) : [];
    if (stale.length === 0) return;
    await service.remove(stale.map(({ version }) => ({ name, version })));
    for (const { version } of stale) registry.remove(name, version);
    this.pruneLater();
  }

  /** What was replaced comes back, what was added goes, and the default is the one it was. */
  private restore(name: string, versions: readonly string[], before: readonly ModelRecord[]): void {
    const { registry } = this.options;
    for (const record of before) if (versions.includes(record.version)) registry.put(record);
    const added = versions.filter((version) => before.every((record) => record.version !== version));
    for (const version of added) registry.remove(name, version);
    if (added.length > 0) this.pruneLater();
    const chosen = before.find(({ isDefault }) => isDefault);
    if (chosen !== undefined) registry.setDefault(name, chosen.version);
  }

  /** All versions of a name, since a new one may change which is the default. */
  private async serve(name: string): Promise<void> {
    const { registry, service } = this.options;
    const records = registry.versions(name).filter(({ loaded }) => loaded);
    await service.install(toServedVariants(records));
    // The service has the bounds of its installation: those that were set meanwhile count.
    for (const { version, bounds } of records) {
      const now = registry.get(name, version);
      if (now !== undefined && !sameBounds(now.bounds, bounds)) service.scale(name, version, now.bounds ?? 'auto');
    }
  }

  private requireRoom({ name, drafts }: ReadModel, replace: boolean): void {
    const { registry, service } = this.options;
    const isOfConfig = service.directory
      .find(name)
      ?.variants.some((variant) => variant.name === name && variant.source === 'config');
    if (isOfConfig === true) {
      throw new ServingError({
        code: 'MODEL_CONFLICT',
        message: `Model ${name} is one of the service's configuration`,
      });
    }
    const known = drafts.find(({ version }) => registry.get(name, version) !== undefined);
    if (known === undefined || replace) return;
    const message = `Model version ${known.version} is already registered for model ${name}`;
    throw new ServingError({ code: 'MODEL_CONFLICT', message, next: 'unregister it first' });
  }

  private check(draft: ModelDraft, known: VariantDefinition | undefined): Promise<VariantDefinition> {
    const { signal } = this.changes;
    const done = this.measuring.then(() => {
      signal.throwIfAborted();
      return completeDraft(draft, { ...this.options.checks, known, signal });
    });
    this.measuring = done.catch(() => undefined);
    return done;
  }

  /** Files of models that were replaced or taken away go when no epoch can load them any more. */
  private pruneLater(): void {
    clearTimeout(this.pruning);
    this.pruning = setTimeout(() => {
      try {
        this.options.registry.prune();
      } catch {
        // The next start sweeps.
      }
    }, PRUNE_MS);
    this.pruning.unref();
  }

  private unknown(name: string, version: string | undefined): ServingError {
    const entry = this.options.service.directory.find(name, version);
    if (entry?.form === 'variant') {
      const message = `Model ${name} is one of the service's configuration and stays`;
      return new ServingError({ code: 'MODEL_OF_CONFIG', message });
    }
    const what = version === undefined ? '' : ` version ${version}`;
    return new ServingError({ code: 'MODEL_UNKNOWN', message: `Model not found: ${name}${what}` });
  }
}

function sameBounds(a: WorkerBounds | undefined, b: WorkerBounds | undefined): boolean {
  return a?.least === b?.least && a?.most === b?.most;
}
