/** Model management as TorchServe's API asks for it, on the manager: one archive is one version. */
import type { WorkerBounds } from '../service/index.ts';
import type { ModelFacts, ModelManagement, ModelRegistration } from '../torchserve/index.ts';
import type { ModelManager } from './model-manager.ts';

export class TorchServeModels implements ModelManagement {
  private readonly manager: ModelManager;

  constructor(manager: ModelManager) {
    this.manager = manager;
  }

  async register({ modelName, ...registration }: ModelRegistration): Promise<{ name: string; version: string }> {
    const { name, versions } = await this.manager.register({ kind: 'archive', ...registration, name: modelName });
    return { name, version: versions[0] };
  }

  unregister(name: string, version: string | undefined): Promise<void> {
    return this.manager.unregister(name, version);
  }

  setDefault(name: string, version: string): Promise<void> {
    return this.manager.setDefault(name, version);
  }

  scale(name: string, version: string, bounds: WorkerBounds): void {
    this.manager.scale(name, version, bounds);
  }

  describe(name: string, version: string): ModelFacts | undefined {
    const record = this.manager.find(name, version);
    return record && { url: record.source.from, properties: record.properties };
  }
}
