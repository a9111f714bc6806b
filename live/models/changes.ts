/**
 * The changes of models that are under way: so many at most, none any more once the service ends, and those that fetch
 * or measure hear of that end. Knows nothing of what they change.
 */
import { ServingError } from '../../core/index.ts';

/** They wait for each other, with files of gigabytes: more at once are sent away. */
const CHANGES_MOST = 32;

export class Changes {
  private readonly underway = new Set<Promise<unknown>>();
  private readonly ending = new AbortController();

  /** Aborted when the service ends. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /** @throws ServingError MODELS_BUSY, MODELS_STOPPING, and what the work throws. */
  async make<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.signal.aborted) throw stopping();
    if (this.underway.size >= CHANGES_MOST) {
      const message = 'too many models are being registered';
      throw new ServingError({ code: 'MODELS_BUSY', message, next: 'try again when some of them have ended' });
    }
    const done = work();
    this.underway.add(done);
    try {
      return await done;
    } catch (error) {
      // What is broken off fails in many words.
      throw this.signal.aborted ? stopping() : error;
    } finally {
      this.underway.delete(done);
    }
  }

  /** Takes no more; fulfilled when none is under way. */
  async close(): Promise<void> {
    this.ending.abort();
    await Promise.allSettled(this.underway);
  }
}

function stopping(): ServingError {
  return new ServingError({ code: 'MODELS_STOPPING', message: 'the service is stopping and changes no more' });
}
