/**
 * Whatever the service, whatever strikes it: the run drains, the auditor is silent, every request has one outcome and
 * the books of fleet and machines are true. A failure prints the seed and the smallest configuration that fails.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEAD, DOWN, LATE, NEVER, SERVED } from '../../core/index.ts';
import type { RunRecord } from '../../core/index.ts';
import { rowsOf } from '../fixtures/runs.ts';
import { SwarmWorld, swarm } from './swarm-configuration.ts';
import type { SwarmConfiguration } from './swarm-configuration.ts';

/** A number of one's own tries other services: `REHEARSE_SWARM_SEED=7 npx vitest run test/laws/swarm.test.ts`. */
const SEED = Number(process.env['REHEARSE_SWARM_SEED'] ?? 20_261_120);
const RUNS = Number(process.env['REHEARSE_SWARM_RUNS'] ?? 250);

function expectRowsTrue({ serving }: RunRecord, { count, network }: SwarmConfiguration): void {
  const rows = rowsOf({ serving });
  expect(rows.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: count }, (_, ordinal) => ordinal));
  for (const row of rows) {
    const { outcome, latencyNs, queueNs, loadWaitNs, inferNs, objectiveNs, batchInputs, inputs } = row;
    expect(Math.min(latencyNs, queueNs, loadWaitNs, inferNs)).toBeGreaterThanOrEqual(0);
    const travelNs = latencyNs - queueNs - loadWaitNs - inferNs;
    expect(network === undefined ? travelNs === 0 : travelNs >= 0).toBe(true);
    if (outcome === SERVED) expect(objectiveNs < 0 || latencyNs <= objectiveNs).toBe(true);
    if (outcome === LATE) expect(objectiveNs >= 0 && latencyNs > objectiveNs).toBe(true);
    expect(outcome <= LATE ? batchInputs >= inputs : batchInputs === 0).toBe(true);
  }
}

function expectBooksTrue({ serving }: RunRecord): void {
  const { fleet, requests, recorder, plan } = serving;
  const { machines, totals } = fleet;
  expect(requests.open).toBe(0);
  expect([...totals.arrivedInputs]).toEqual([...totals.endedInputs]);
  const counted = recorder.total().outcomes.reduce((sum, each) => sum + each, 0);
  expect([counted, recorder.total().outcomes[0]]).toEqual([requests.opened, 0]);
  for (let worker = 0; worker < fleet.workersMax; worker += 1) {
    const [queued, running, outstanding] = [fleet.queued, fleet.running, fleet.outstanding].map((column) => column[worker]);
    expect(Math.min(queued, running, outstanding - queued - running)).toBeGreaterThanOrEqual(0);
    if (fleet.state[worker] === DEAD) expect([queued, running]).toEqual([0, 0]);
  }
  for (let machine = 0; machine < machines.machinesMax; machine += 1) {
    const here = [...fleet.machine.keys()].filter((worker) => fleet.machine[worker] === machine && fleet.state[worker] !== DEAD);
    if (machines.state[machine] === DOWN) expect(here).toEqual([]);
    else expect(machines.workers[machine]).toBe(here.length);
    const cores = here.reduce((sum, worker) => sum + plan.catalogue.variants[fleet.variant[worker]].resources.cores, 0);
    if (machines.state[machine] === DOWN) continue;
    const type = plan.catalogue.machineTypes[machines.type[machine]];
    expect(machines.coresFree[machine]).toBeCloseTo(type.cores * machines.coreOvercommit - cores, 6);
    expect(machines.coresFree[machine]).toBeGreaterThan(-1e-6);
  }
}

test(`any service drains with an outcome for every request (seed ${SEED})`, { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(swarm, (configuration) => {
      const world = new SwarmWorld(configuration);
      const record = world.run();
      expect([record.ending, record.findings]).toEqual(['drained', []]);
      expectRowsTrue(record, configuration);
      expectBooksTrue(record);
      expect(record.endNs).toBeLessThan(NEVER);
      expect(world.kernel.now).toBe(record.endNs);
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
