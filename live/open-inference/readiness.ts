/** Whether a model can take a query now, told from what the service knows of its variants. */
import type { ModelEntry, ServicePort } from '../service/index.ts';

/**
 * A model is ready when the service is and one of its variants has a ready worker, or would get one on request: a
 * variant whose last load failed and that has no worker is not to be counted on.
 */
export function isModelReady(service: ServicePort, { variants }: ModelEntry): boolean {
  if (!service.isReady) return false;
  if (variants.some(({ name, definition }) => service.workersOf(name, definition.version) > 0)) return true;
  const states = service.snapshot().variants;
  return variants.some(({ name, definition: { version } }) => {
    const state = states.find((variant) => variant.name === name && variant.version === version);
    return state !== undefined && state.lastFailure === undefined;
  });
}
