/**
 * Names for what a model's files do not state: the catalogue wants a use case and an architecture of every variant. A
 * model that states none gets its own, which no other shares and no objective reaches; nobody is shown them.
 */
import type { UseCase } from '../../core/index.ts';
import type { ServedVariant } from './served-variant.ts';

const UNSTATED = 'unstated';

/** @param name the client's name of the model. */
export function unstatedUseCase(name: string): UseCase {
  return { task: UNSTATED, dataset: name };
}

/** @param name the client's name of the model. */
export function unstatedArchitecture(name: string): string {
  return `${name}-${UNSTATED}`;
}

export function statesUseCase({ definition }: Pick<ServedVariant, 'definition'>): boolean {
  return definition.useCase.task !== UNSTATED;
}

export function statesArchitecture({ name, definition }: Pick<ServedVariant, 'name' | 'definition'>): boolean {
  return definition.architecture !== unstatedArchitecture(name);
}
