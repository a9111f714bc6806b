/**
 * A simulated load test in a thread of its own: a simulation takes no break, so whoever is to stop it must not be on
 * its thread.
 */
import { Piscina } from 'piscina';
import { builtEntry } from '../../../backends/index.ts';
import { ServingError } from '../../../core/index.ts';
import type { ConfigServiceOptions } from './config-service.ts';
import { configService } from './config-service.ts';
import type { LoadResult } from './run-load.ts';
import type { LoadedService } from './serving-system.ts';
import type { LoadSettings } from './settings.ts';
import type { VariantServiceOptions } from './variant-service.ts';
import { variantService } from './variant-service.ts';

type OfTask<Options> = Omit<Options, 'settings' | 'seed' | 'live'>;

/** What is simulated, as plain data. */
export interface SimulatedLoad {
  readonly system:
    | ({ readonly kind: 'variant' } & OfTask<VariantServiceOptions>)
    | ({ readonly kind: 'config' } & OfTask<ConfigServiceOptions>);
  readonly settings: LoadSettings;
  readonly seed: string;
}

/** @throws what `variantService` and `configService` throw. */
export async function serviceOf({ system, ...parts }: SimulatedLoad, live: boolean): Promise<LoadedService> {
  return system.kind === 'variant'
    ? variantService({ ...system, ...parts, live })
    : configService({ ...system, ...parts, live });
}

/**
 * @throws what `serviceOf` throws; ServingError RUN_INTERRUPTED when the signal came first: half a simulation has no
 * result; BUILD_MISSING.
 */
export async function simulateLoad(load: SimulatedLoad, signal: AbortSignal): Promise<LoadResult> {
  // Mistakes are told from here: errors lose their class on the way between threads.
  await serviceOf(load, false);
  const pool = new Piscina({
    filename: builtEntry(import.meta.url, 'simulated-load-worker'),
    name: 'run',
    minThreads: 1,
    maxThreads: 1,
  });
  try {
    return (await pool.run(load, { signal })) as LoadResult; // What `run` returns.
  } catch (error) {
    if (!signal.aborted) throw error;
    const message = 'the simulation was interrupted and has no result';
    throw new ServingError({ code: 'RUN_INTERRUPTED', message, next: 'run it again', cause: error });
  } finally {
    await pool.destroy();
  }
}
