/**
 * What was registered while the service ran, durable: records in the store, model files beside it. A change is on disk
 * when its call returns. Invariants: each name that has records has exactly one default version; a record's file is
 * whole and stays as long as the record; what a crash leaves behind is a file without a record, which `sweep` removes.
 *
 * One process at a time changes it: the server. Commands ask the server.
 */
import { basename, join } from 'node:path';
import type { Artifact } from '../../core/index.ts';
import { ServingError, invariant } from '../../core/index.ts';
import type { ServedVariant, WorkerBounds } from '../service/index.ts';
import { numberOf, textOf } from '../store/index.ts';
import type { Row, Store } from '../store/index.ts';
import { ArtifactStore } from './artifact-store.ts';
import type { ModelRecord, NewModel } from './model-record.ts';
import { boundsColumns, boundsOf, factsText, recordOf } from './record-rows.ts';

/** A model file in the registry, kept until it is released; from then on only a record keeps it. */
export interface StagedArtifact {
  /** To be the definition's: absolute path, digest, size. */
  readonly artifact: Artifact;
  /** Call when a record refers to it, or none ever will. A second call does nothing. */
  release(): void;
}

const INSERT = `
  INSERT INTO models (name, version, is_default, loaded, least, most, artifact_sha256, artifact_file, facts, registered_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (name, version) DO UPDATE SET
    is_default = excluded.is_default, loaded = excluded.loaded, least = excluded.least, most = excluded.most,
    artifact_sha256 = excluded.artifact_sha256, artifact_file = excluded.artifact_file,
    facts = excluded.facts, registered_ms = excluded.registered_ms`;

const KEEP_BOUNDS = `
  INSERT INTO config_bounds (name, version, least, most) VALUES (?, ?, ?, ?)
  ON CONFLICT (name, version) DO UPDATE SET least = excluded.least, most = excluded.most`;

export class Registry {
  private readonly store: Store;
  private readonly artifacts: ArtifactStore;
  private readonly nowMs: () => number;
  /** How many hold each staged digest. */
  private readonly staged = new Map<string, number>();

  constructor(store: Store, nowMs: () => number = Date.now) {
    this.store = store;
    this.artifacts = new ArtifactStore(join(store.folder, 'models'));
    this.nowMs = nowMs;
  }

  /**
   * Removes what a crash left behind: half copied files, and files that no record refers to. For a server that starts.
   * @returns the number of files without a record.
   */
  sweep(): number {
    invariant(this.staged.size === 0, 'the registry is swept before anything is registered');
    this.artifacts.removeReceived();
    return this.prune();
  }

  /**
   * Removes files that no record refers to: those of records that were replaced. Call it when no engine will load them
   * any more.
   */
  prune(): number {
    const rows = this.store.all('SELECT DISTINCT artifact_sha256 FROM models WHERE artifact_sha256 IS NOT NULL');
    const recorded = rows.map((row) => textOf(row, 'artifact_sha256'));
    return this.artifacts.keepOnly(new Set([...recorded, ...this.staged.keys()]));
  }

  /**
   * Copies a model file in, to be recorded with `put` before it is released.
   *
   * @param expectedSha256 the digest of what was checked: a file that changed since is refused.
   * @throws ServingError REGISTRY_FILE, REGISTRY_FILE_CHANGED, REGISTRY_NO_ROOM; nothing stays behind.
   */
  async stage(path: string, expectedSha256?: string): Promise<StagedArtifact> {
    const received = await this.artifacts.receive(path, expectedSha256);
    const release = this.hold(received.sha256);
    try {
      return { artifact: await this.artifacts.place(received), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** All records, in the order of registration. */
  list(): readonly ModelRecord[] {
    return this.store.all('SELECT * FROM models ORDER BY ordinal').map((row) => this.recordOf(row));
  }

  /** The versions of a name, in the order of registration. */
  versions(name: string): readonly ModelRecord[] {
    const rows = this.store.all('SELECT * FROM models WHERE name = ? ORDER BY ordinal', [name]);
    return rows.map((row) => this.recordOf(row));
  }

  /** One version, the default one unless a version is given. */
  get(name: string, version?: string): ModelRecord | undefined {
    const row =
      version === undefined
        ? this.store.get('SELECT * FROM models WHERE name = ? AND is_default = 1', [name])
        : this.store.get('SELECT * FROM models WHERE name = ? AND version = ?', [name, version]);
    return row && this.recordOf(row);
  }

  /** Adds a model, or replaces that of the same name and version; the file of one replaced stays until `prune`. */
  put(model: NewModel): ModelRecord {
    const { name } = model;
    const { version, artifact } = model.definition;
    invariant(artifact === undefined || this.holds(artifact), 'the file of a registered model is staged first');
    const record = this.store.transaction(() => {
      const versions = this.versions(name);
      const isDefault = model.isDefault || versions.every((other) => other.version === version || !other.isDefault);
      if (isDefault) this.store.run('UPDATE models SET is_default = 0 WHERE name = ?', [name]);
      const definition = { ...model.definition, name: definitionName(name, version, versions) };
      this.store.run(INSERT, [
        name,
        version,
        isDefault ? 1 : 0,
        model.loaded ? 1 : 0,
        ...boundsColumns(model.bounds),
        artifact?.sha256 ?? null,
        artifact === undefined ? null : basename(artifact.path),
        factsText({ ...model, definition, properties: model.properties ?? {} }),
        this.nowMs(),
      ]);
      return this.get(name, version);
    });
    invariant(record !== undefined, 'a record that was put is found');
    return record;
  }

  /**
   * Forgets a model, all its versions unless one is given; its files stay until `prune`, for engines of the epoch that
   * retires may still load them. Where the default version goes, the latest of the others becomes it.
   *
   * @returns what was removed; nothing when there is no such model.
   */
  remove(name: string, version?: string): readonly ModelRecord[] {
    const removed = this.versions(name).filter((record) => version === undefined || record.version === version);
    this.store.transaction(() => {
      for (const record of removed) {
        this.store.run('DELETE FROM models WHERE name = ? AND version = ?', [name, record.version]);
      }
      if (!removed.some(({ isDefault }) => isDefault)) return;
      const latest = 'SELECT max(ordinal) FROM models WHERE name = ?';
      this.store.run(`UPDATE models SET is_default = 1 WHERE ordinal = (${latest})`, [name]);
    });
    return removed;
  }

  /** @throws ServingError REGISTRY_UNKNOWN_MODEL, as all that follow. */
  setDefault(name: string, version: string): void {
    this.store.transaction(() => {
      this.store.run('UPDATE models SET is_default = 0 WHERE name = ?', [name]);
      this.change('UPDATE models SET is_default = 1', name, version);
    });
  }

  setLoaded(name: string, version: string, loaded: boolean): void {
    this.change('UPDATE models SET loaded = ?', name, version, [loaded ? 1 : 0]);
  }

  /** Bounds of a model's workers; 'auto' gives it back to the autoscaler. */
  setBounds(name: string, version: string, bounds: WorkerBounds | 'auto'): void {
    const columns = boundsColumns(bounds === 'auto' ? undefined : bounds);
    this.change('UPDATE models SET least = ?, most = ?', name, version, columns);
  }

  /** Keeps bounds that were set by hand: of a registered model with it, of a variant of the config beside it. */
  keepBounds(name: string, version: string, bounds: WorkerBounds | 'auto'): void {
    if (this.get(name, version) !== undefined) {
      this.setBounds(name, version, bounds);
      return;
    }
    const columns = boundsColumns(bounds === 'auto' ? undefined : bounds);
    this.store.run(KEEP_BOUNDS, [name, version, ...columns]);
  }

  /** Variants of the config with the bounds that were set by hand in place of the config's. */
  withKeptBounds(variants: readonly ServedVariant[]): readonly ServedVariant[] {
    return variants.map((variant) => {
      const key = [variant.name, variant.definition.version];
      const row = this.store.get('SELECT least, most FROM config_bounds WHERE name = ? AND version = ?', key);
      return row === undefined ? variant : { ...variant, workers: boundsOf(row) };
    });
  }

  private change(update: string, name: string, version: string, values: readonly (number | null)[] = []): void {
    const changed = this.store.run(`${update} WHERE name = ? AND version = ?`, [...values, name, version]);
    if (changed === 0) throw unknownModel(name, version);
  }

  private holds({ path, sha256 }: Artifact): boolean {
    return path === this.artifacts.pathOf(sha256, basename(path));
  }

  /** Keeps a digest's files until the function it returns is called. */
  private hold(sha256: string): () => void {
    this.staged.set(sha256, (this.staged.get(sha256) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const others = (this.staged.get(sha256) ?? 1) - 1;
      if (others > 0) this.staged.set(sha256, others);
      else this.staged.delete(sha256);
      this.dropUnused([sha256]);
    };
  }

  private dropUnused(digests: readonly (string | undefined)[]): void {
    for (const sha256 of new Set(digests)) {
      if (sha256 === undefined || this.staged.has(sha256)) continue;
      const row = this.store.get('SELECT count(*) AS uses FROM models WHERE artifact_sha256 = ?', [sha256]);
      if (row !== undefined && numberOf(row, 'uses') === 0) this.artifacts.remove(sha256);
    }
  }

  private recordOf(row: Row): ModelRecord {
    return recordOf(row, (sha256, file) => this.artifacts.pathOf(sha256, file), this.artifacts.folder);
  }
}

/** A version that is there keeps its name; `name` goes to the first that comes while nobody has it. */
function definitionName(name: string, version: string, versions: readonly ModelRecord[]): string {
  const known = versions.find((record) => record.version === version);
  if (known !== undefined) return known.definition.name;
  return versions.some(({ definition }) => definition.name === name) ? `${name}@${version}` : name;
}

function unknownModel(name: string, version: string): ServingError {
  return new ServingError({
    code: 'REGISTRY_UNKNOWN_MODEL',
    message: `no model ${JSON.stringify(name)} of version ${JSON.stringify(version)} is registered`,
  });
}
