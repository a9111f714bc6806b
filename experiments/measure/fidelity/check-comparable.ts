/** Whether two results can be compared at all: one of each world, whole, of one seed, and run from the same config. */
import { ServingError } from '../../../core/index.ts';
import type { ExperimentResult } from '../../../core/index.ts';
import { configDifferences } from './config-differences.ts';
import type { ConfigDifference } from './config-differences.ts';

/** A result and the folder it came from. */
export interface PlacedResult {
  readonly folder: string;
  readonly result: ExperimentResult;
}

/** Differing keys that one message names. */
const NAMED_MAX = 6;
/** What a live run takes from its own section of a config. */
const OF_THE_WINDOW: ReadonlySet<string> = new Set(['duration', 'warm_up', 'cool_down']);

/**
 * @returns where the configs differ in what concerns the simulation alone
 * @throws ServingError FIDELITY_... when the two are not of the same requests under the same policies.
 */
export function checkComparable(simulated: PlacedResult, live: PlacedResult): readonly ConfigDifference[] {
  checkWorlds(simulated, live);
  for (const each of [simulated, live]) checkComplete(each);
  checkSeeds(simulated, live);
  const { deciding, ofTheSimulation } = configDifferences(simulated.result.config, live.result.config);
  if (deciding.length > 0) throw unlikeConfigs(live, deciding);
  return ofTheSimulation;
}

function checkWorlds(simulated: PlacedResult, live: PlacedResult): void {
  const worlds = [simulated.result.world, live.result.world];
  if (worlds[0] === 'simulated' && worlds[1] === 'live') return;
  const swapped = worlds[0] === 'live' && worlds[1] === 'simulated';
  if (swapped) {
    throw new ServingError({
      code: 'FIDELITY_SWAPPED',
      message: 'the folders are swapped',
      found: `the live run ${simulated.folder} first`,
      expected: 'the simulated run first, then the live one',
      next: `rehearse fidelity ${live.folder} ${simulated.folder}`,
    });
  }
  const isLive = worlds[0] === 'live';
  throw new ServingError({
    code: 'FIDELITY_ONE_WORLD',
    place: isLive ? simulated.folder : live.folder,
    message: `both results are ${worlds[0]}`,
    expected: `a ${isLive ? 'simulated' : 'live'} one ${isLive ? 'first' : 'second'}`,
    next: isLive
      ? 'run the config without --live, into another folder'
      : 'run the config with --live, into another folder',
  });
}

function checkComplete({ folder, result }: PlacedResult): void {
  if (result.complete) return;
  throw new ServingError({
    code: 'FIDELITY_INCOMPLETE',
    place: folder,
    message: `the ${result.world} run was interrupted, and only what was finished is in its result`,
    next: `run it again to the end: ${result.command}`,
  });
}

function checkSeeds({ result: simulated }: PlacedResult, { folder, result: live }: PlacedResult): void {
  if (simulated.seed === live.seed) return;
  throw new ServingError({
    code: 'FIDELITY_SEEDS',
    place: folder,
    message: 'the seeds differ, so the two met other requests',
    found: `seed ${simulated.seed} simulated, ${live.seed} live`,
    expected: 'one seed',
    next: `run the simulation again with --seed ${live.seed}`,
  });
}

function unlikeConfigs({ folder, result }: PlacedResult, differences: readonly ConfigDifference[]): ServingError {
  const named = differences
    .slice(0, NAMED_MAX)
    .map(({ path, simulated, live }) => `${path}: ${simulated} simulated, ${live} live`);
  const rest = differences.length - named.length;
  const [window] = differences;
  const ofTheWindow = differences.every(({ path }) => OF_THE_WINDOW.has(path));
  return new ServingError({
    code: 'FIDELITY_CONFIGS',
    place: folder,
    message: 'the two were run from configs that differ',
    found: `${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`,
    expected: 'the same workload, fleet and policies for as long',
    next: ofTheWindow
      ? `a live run lasts as long as "live: { duration: ... }" says, 10 s by default: write "live: { duration: ${window.path === 'duration' ? window.simulated : '...'} }" into the config and run it live again`
      : `run both from one config; the live run was ${result.command}`,
  });
}
