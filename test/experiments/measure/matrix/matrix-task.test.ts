// What a run of a matrix is asked for: arrivals at the rate of a load, as many clients as keep every worker busy.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NANOS_PER_SECOND, invariant, milliseconds, seconds } from '../../../../core/index.ts';
import { loadMatrix } from '../../../../experiments/index.ts';
import { arrivalsAt, matrixTask, saturatingArrivals } from '../../../../experiments/measure/matrix/matrix-task.ts';
import { expectedArrivals } from '../../../../traces/index.ts';
import { SCENARIO, matrixFile } from './matrix-files.ts';

async function scenarioWith(fleet: object) {
  const changed = { ...SCENARIO, fleet };
  const { scenarios } = await loadMatrix(matrixFile({}, { 'tiny.yaml': changed }));
  return scenarios[0];
}
const FLEET = SCENARIO.fleet;
const RUN = {
  durationNs: seconds(8),
  warmUpNs: seconds(1),
  seed: 'a/b',
  round: 2,
  variants: [],
  calibration: null,
} as const;

describe('arrivals', () => {
  test('that come in bursts have the rate on average', async () => {
    const config = await scenarioWith(FLEET);
    const property = fc.property(
      fc.double({ min: 1, max: 10_000, noNaN: true }),
      fc.double({ min: 1.01, max: 3.9, noNaN: true }),
      (rateRps, height) => {
        const arrivals = arrivalsAt(
          { name: 'bursts', kind: 'bursts', height, everyNs: seconds(1), lastsNs: milliseconds(250) },
          rateRps,
        );
        const { scenario } = matrixTask(config, { ...RUN, arrivals });
        const expected = rateRps * (RUN.durationNs / NANOS_PER_SECOND);
        expect(expectedArrivals(scenario.workload) / expected).toBeCloseTo(1, 9);
        expect(arrivals).toMatchObject({ spikeRps: rateRps * height });
      },
    );
    fc.assert(property, { numRuns: 50 });
  });

  test('of a Poisson process have the rate', () => {
    expect(arrivalsAt({ name: 'poisson', kind: 'poisson' }, 123)).toEqual({ process: 'poisson', rateRps: 123 });
  });
});

describe('clients that saturate a service', () => {
  test('are three batches for each core of its machines, whose type says how many that is', async () => {
    const config = await scenarioWith(FLEET);
    const { machineTypes, variants } = config.points[0].scenario;
    const [{ maxBatch }] = variants;
    const cores = machineTypes.find(({ name }) => name === 'cpu-2')?.cores;
    invariant(cores === 2, 'cpu-2 has two cores');
    const clientsOf = (of: typeof config): number => {
      const arrivals = saturatingArrivals(of);
      return arrivals.process === 'closed-loop' ? arrivals.clients : 0;
    };
    const scenario = { ...config.points[0].scenario, variants: variants.map((each) => ({ ...each, maxBatch: 4 })) };
    const withCores = (count: number) => ({
      ...config,
      points: [
        {
          ...config.points[0],
          scenario: { ...scenario, machineTypes: machineTypes.map((type) => ({ ...type, cores: count })) },
        },
      ] as const,
    });
    expect(clientsOf(config)).toBe(Math.min(256, 3 * maxBatch * 2));
    expect([1, 2, 8].map((count) => clientsOf(withCores(count)))).toEqual([12, 24, 96]);
  });
});

test('a run is as long as the matrix says, with every row kept and nothing cut off at its end', async () => {
  const config = await scenarioWith(FLEET);
  const task = matrixTask(config, { ...RUN, arrivals: { process: 'poisson', rateRps: 5 } });
  expect(task).toMatchObject({ replication: 2, seed: 'a/b', rowsMax: 1_000_000, rowsFile: '' });
  expect(task.scenario).toMatchObject({ warmUpNs: seconds(1), coolDownNs: 0, calibration: null });
  expect(task.scenario.workload).toMatchObject({ durationNs: seconds(8), arrivals: { rateRps: 5 } });
});
