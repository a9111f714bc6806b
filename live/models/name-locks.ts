/**
 * One change of a name at a time: who comes second hears of the first instead of waiting for it, since what it asked for
 * may make no sense any more.
 */
import { ServingError } from '../../core/index.ts';

export class NameLocks {
  private readonly held = new Set<string>();

  /** Does the work while nobody else changes the name. @throws ServingError MODEL_CONFLICT. */
  async hold<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    if (this.held.has(name)) {
      throw new ServingError({
        code: 'MODEL_CONFLICT',
        message: `Model ${name} is being changed by another request`,
        next: 'try again when that has ended',
      });
    }
    this.held.add(name);
    try {
      return await work();
    } finally {
      this.held.delete(name);
    }
  }

  isHeld(name: string): boolean {
    return this.held.has(name);
  }
}
