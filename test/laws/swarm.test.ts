/**
 * Whatever the service, whatever strikes it: the run drains, the auditor is silent, every request has one outcome and
 * the books of fleet and machines are true. A failure prints the seed and the smallest configuration that fails.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEAD, DOWN, LATE, SERVED } from '../../core/index.ts';
import type { RunRecord } from '../../core/index.ts';
import { freeSlots, rowsOf } from '../fixtures/runs.ts';
import { SwarmWorld, swarm } from './swarm-configuration.ts';
import type { SwarmConfiguration } from './swarm-configuration.ts';

/** A number of one's own tries other services: `REHEARSE_SWARM_SEED=7 npx vitest run test/laws/swarm.test.ts`. */
const SEED = Number(process.env['REHEARSE_SWARM_SEED'] ?? 20_261_120);
const RUNS = Number(process.env['REHEARSE_SWARM_RUNS'] ?? 250);

/** What is wrong with the rows of a run. */
function faultsInRows({ serving }: RunRecord, { count, network }: SwarmConfiguration): string[] {
  const faults: string[] = [];
  for (const [position, row] of rowsOf({ serving }).entries()) {
    const { ordinal, outcome, latencyNs, queueNs, loadWaitNs, inferNs, objectiveNs, batchInputs, inputs } = row;
    const travelNs = latencyNs - queueNs - loadWaitNs - inferNs;
    const inTime = objectiveNs < 0 || latencyNs <= objectiveNs;
    const checks: readonly (readonly [string, boolean])[] = [
      ['follows the row before', ordinal === position],
      ['has no negative time', Math.min(latencyNs, queueNs, loadWaitNs, inferNs) >= 0],
      ['has parts that add up', network === undefined ? travelNs === 0 : travelNs >= 0],
      ['is served only in time', outcome !== SERVED || inTime],
      ['is late only after its objective', outcome !== LATE || !inTime],
      ['was in a batch exactly when it was answered', outcome <= LATE ? batchInputs >= inputs : batchInputs === 0],
    ];
    for (const [rule, holds] of checks) if (!holds) faults.push(`request ${ordinal}: not true that it ${rule}`);
  }
  if (serving.recorder.rows.length !== count) faults.push(`${serving.recorder.rows.length} rows for ${count} requests`);
  return faults;
}

/** What is wrong with the fleet table at the end of a run. */
function faultsInBooks({ serving }: RunRecord): string[] {
  const { fleet, requests, recorder, plan } = serving;
  const { machines, totals, state } = fleet;
  const { outcomes } = recorder.total();
  const ended = outcomes.reduce((sum, each) => sum + each, 0);
  const faults: string[] = [];
  const check = (rule: string, holds: boolean): void => void (holds || faults.push(`not true: ${rule}`));
  check('every request has an outcome', requests.open === 0 && outcomes[0] === 0 && ended === requests.opened);
  check('no batch was empty', recorder.batchSizes[0] === 0);
  check('what arrived for a variant ended', String(totals.arrivedInputs) === String(totals.endedInputs));
  for (const worker of state.keys()) {
    const [queued, running, outstanding] = [fleet.queued[worker], fleet.running[worker], fleet.outstanding[worker]];
    check(`worker ${worker} has what it counts`, Math.min(queued, running, outstanding - queued - running) >= 0);
    check(`worker ${worker} is dead and has nothing`, state[worker] !== DEAD || queued + running === 0);
  }
  for (const machine of machines.state.keys()) {
    const here = [...state.keys()].filter((worker) => fleet.machine[worker] === machine && state[worker] !== DEAD);
    const cores = here.map((worker) => plan.catalogue.variants[fleet.variant[worker]].resources.cores);
    if (machines.state[machine] === DOWN) {
      check(`machine ${machine} is down and empty`, here.length === 0);
      continue;
    }
    const offered = plan.catalogue.machineTypes[machines.type[machine]].cores * machines.coreOvercommit;
    const free = offered - cores.reduce((sum, each) => sum + each, 0);
    check(`machine ${machine} hosts what it counts`, machines.workers[machine] === here.length);
    check(`machine ${machine} has its cores`, Math.abs(machines.coresFree[machine] - free) < 1e-6 && free > -1e-6);
  }
  return faults;
}

/** Slots that never came back, less those that something may still refer to: a queue, a batch, a pending event. */
function slotsLost({ kernel }: SwarmWorld, { serving }: RunRecord): number {
  const { fleet, requests } = serving;
  const capacity = requests.kind.length;
  const referred = [...fleet.outstanding, ...fleet.waiting].reduce(
    (sum, inputs) => sum + inputs,
    kernel.calendar.length,
  );
  return capacity - freeSlots(requests) - referred;
}

test(`any service drains with an outcome for every request (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(swarm, (configuration) => {
      const world = new SwarmWorld(configuration);
      const record = world.run();
      expect([record.ending, record.findings]).toEqual(['drained', []]);
      expect(faultsInRows(record, configuration)).toEqual([]);
      expect(faultsInBooks(record)).toEqual([]);
      expect(slotsLost(world, record)).toBeLessThanOrEqual(0);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

test(`any service does the same again (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(swarm, (configuration) => {
      const [one, two] = [new SwarmWorld(configuration).run(), new SwarmWorld(configuration).run()];
      expect([two.digest, two.unseed]).toEqual([one.digest, one.unseed]);
    }),
    { seed: SEED + 1, numRuns: Math.ceil(RUNS / 5) },
  );
});
