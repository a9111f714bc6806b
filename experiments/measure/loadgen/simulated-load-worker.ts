/** Entry of a worker thread: carries out the simulated load test that it is handed. */
import { allowDeepInlining } from '../../run/inlining.ts';
import { runLoad } from './run-load.ts';
import type { LoadResult } from './run-load.ts';
import { serviceOf } from './simulated-load.ts';
import type { SimulatedLoad } from './simulated-load.ts';
import { simulatedService } from './serving-system.ts';

allowDeepInlining();

/** Called by the pool. */
export async function run(load: SimulatedLoad): Promise<LoadResult> {
  const { settings, seed } = load;
  return runLoad(simulatedService(await serviceOf(load, false)), settings, { seed });
}
