// What a config becomes: defaults, units, grids, policy sets, and the record of it.
import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { NEVER, milliseconds, seconds } from '../../../core/index.ts';
import { configHash } from '../../../experiments/config/config-hash.ts';
import { SOUND, load, soundWith } from './config-files.ts';

describe('a config', () => {
  test('needs only what has no sensible default', async () => {
    const config = await load(SOUND);
    expect(config).toMatchObject({ name: 'a', seed: '1', replications: 10, confidence: 0.95, baseline: 'plain' });
    expect(config.compare).toEqual(['attainment_percent', 'latency_p99_ms', 'latency_mean_ms', 'cost_usd']);
    expect(config.live).toEqual({ durationNs: seconds(10), replications: 1 });
    expect(config.points).toHaveLength(1);
    expect(config.notes).toEqual([]);
    const { scenario } = config.points[0];
    expect(scenario).toMatchObject({ warmUpNs: 0, coolDownNs: 0, sampling: 'empirical', network: null, faults: [] });
    expect(scenario.limits.timeoutNs).toBe(NEVER);
    expect(scenario.machines).toEqual([{ type: 'cpu-2', count: 1, max: 1 }]);
    expect(scenario.workload.queries).toEqual([
      {
        kind: { application: 'default', useCase: 'classification-fashion-mnist', architecture: '', variant: '' },
        inputs: { draw: 'fixed', value: 1 },
        latency: { draw: 'fixed', valueNs: milliseconds(20) },
        accuracyPercent: { draw: 'fixed', value: 0 },
      },
    ]);
  });

  test('is plain data, so that it can be sent to worker threads', async () => {
    const config = await load(SOUND);
    expect(structuredClone(config)).toEqual(config);
  });

  test('gives way to the command line', async () => {
    const config = await load(`${SOUND}seed: 5\nlive: { replications: 2 }\n`, {}, { seed: 'abc', replications: 3 });
    expect(config).toMatchObject({ seed: 'abc', replications: 3, live: { replications: 3 } });
    expect(config.resolved).toMatchObject({ seed: 'abc', replications: 3 });
  });

  test('may use anchors', async () => {
    const config = await load(
      soundWith(['20 ms }', '20 ms, weight: &w 3 }\n    - { variant: fmnist-linear-fp32, weight: *w }']),
    );
    expect(config.points[0].scenario.workload.popularity).toEqual({ law: 'weights', weights: [3, 3] });
  });

  test('notes queries that nothing selected can satisfy, and runs them', async () => {
    const config = await load(
      soundWith(['20 ms }', '20 us, accuracy: 99 }\n    - { architecture: linear, inputs: 64 }']),
    );
    // The measured time in the last words changes whenever the bundled table is measured again.
    expect(config.notes.map((note) => note.replace(/^.*\//, '').replace(/in [\d.]+ us$/, 'in more'))).toEqual([
      'a.yaml:11: no selected variant has an accuracy of 99 %, none answers within 20 us; closest for use case ' +
        'classification-fashion-mnist: fmnist-linear-fp32 with 82.92 % in more',
      'a.yaml:12: no selected variant takes 64 inputs in one batch: the largest batch for architecture linear takes ' +
        '32 inputs; such queries are rejected',
    ]);
  });

  test('notes a variant that would do if the fleet, or that of a set, could hold it', async () => {
    const [asked, set] = ['{ architecture: resnet50, latency: 50 ms }', '    selection: cheapest\n'];
    const text = soundWith(
      ['[fmnist-linear-fp32]', '[resnet50-tensorrt-b8, resnet50-tensorflow-cpu4]\n  sampling: mean'],
      ['{ cpu-2: 1 }', '{ m5.2xlarge: 1 }'],
      ['  workers: { fmnist-linear-fp32: 1 }\n', ''],
      ['{ use_case: classification-fashion-mnist, latency: 20 ms }', asked],
    );
    const told =
      'resnet50-tensorrt-b8 would do, but no machine type of the fleet can hold it; closest for architecture resnet50: ';
    const [note] = (await load(text)).notes;
    expect(note).toContain(`a.yaml:11: no selected variant answers within 50 ms; ${told}`);
    const own = text.replace('m5.2xlarge: 1', 'm5.2xlarge: 1, p3.2xlarge: 1');
    const [ofSet] = (await load(`${own}${set}    fleet: { machines: { m5.2xlarge: 1 } }\n`)).notes;
    expect(ofSet).toContain(`under policy set plain: no selected variant answers within 50 ms; ${told}`);
    expect((await load(own)).notes).toEqual([]);
  });

  test('selects variants by name and by filter, numbered by their definition', async () => {
    const config = await load(soundWith(['[fmnist-linear-fp32]', '[{ architecture: mlp }, fmnist-linear-fp32]']));
    const { variants } = config.points[0].scenario;
    expect(variants.map(({ name }) => name)).toEqual([
      'fmnist-linear-fp32',
      'fmnist-mlp-fp32',
      'fmnist-mlp-int8',
      'fmnist-mlp-fp16',
    ]);
    expect(variants.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  test('without a duration plays a trace to its end', async () => {
    const trace = 'arrival_s,use_case\n0,classification-fashion-mnist\n2.5,classification-fashion-mnist\n';
    const text = soundWith(
      ['duration: 10 s\n', ''],
      ['{ process: poisson, rate: 100/s }', '{ process: trace, file: t.csv }'],
    );
    const { workload } = (await load(text, { 't.csv': trace })).points[0].scenario;
    expect(workload.durationNs).toBe(seconds(2.5) + 1);
    expect(workload.arrivals).toMatchObject({ process: 'trace', badRows: 'fail', assign: 'draw' });
    expect(workload.arrivals).toHaveProperty('file', expect.stringMatching(/^\/.*\/t\.csv$/));
  });
});

describe('every process of arrivals', () => {
  test.each([
    ['constant', '{ process: constant, rate: 30/min }', { process: 'constant', rateRps: 0.5 }],
    ['gamma', '{ process: gamma, rate: 5/s, cv: 3 }', { process: 'gamma', rateRps: 5, cv: 3 }],
    ['weibull', '{ process: weibull, rate: 5/s, cv: 3 }', { process: 'weibull', rateRps: 5, cv: 3 }],
    [
      'mmpp',
      '{ process: mmpp, states: [{ rate: 1/s, mean_dwell: 2 s }, { rate: 9/s, mean_dwell: 1 s }] }',
      {
        process: 'mmpp',
        states: [
          { rateRps: 1, meanDwellNs: seconds(2) },
          { rateRps: 9, meanDwellNs: seconds(1) },
        ],
        transition: 'cyclic',
      },
    ],
    [
      'diurnal',
      '{ process: diurnal, mean: 5/s, amplitude: 0.5, period: 1 min }',
      { process: 'diurnal', meanRps: 5, amplitude: 0.5, periodNs: seconds(60), phase: 0 },
    ],
    ['ramp', '{ process: ramp, from: 0/s, to: 9/s }', { process: 'ramp', fromRps: 0, toRps: 9, overNs: undefined }],
    [
      'spikes',
      '{ process: spikes, base: 1/s, spike: 9/s, every: 5 s, lasts: 1 s, first_at: 2 s }',
      { process: 'spikes', baseRps: 1, spikeRps: 9, everyNs: seconds(5), lastsNs: seconds(1), firstAtNs: seconds(2) },
    ],
    [
      'phases',
      '{ process: phases, phases: [{ duration: 2 s, arrivals: { process: poisson, rate: 5/s } }] }',
      { process: 'phases', phases: [{ durationNs: seconds(2), arrivals: { process: 'poisson', rateRps: 5 } }] },
    ],
    [
      'closed-loop',
      '{ process: closed-loop, clients: 3, think_time: 0 s }',
      { process: 'closed-loop', clients: 3, thinkNs: 0, think: 'exponential' },
    ],
  ])('is read: %s', async (_, text, spec) => {
    const config = await load(soundWith(['{ process: poisson, rate: 100/s }', text]));
    expect(config.points[0].scenario.workload.arrivals).toEqual(spec);
  });
});

describe('a grid', () => {
  const swept = `${SOUND}policy_defaults: { batching: { policy: fixed } }
grid:
  workload.arrivals.rate: [100/s, 200/s]
  policy_defaults.batching.max_batch: [2, 4]
`;

  test('is every combination, the last axis fastest', async () => {
    const { points, grid } = await load(swept);
    expect(grid.map(({ path }) => path)).toEqual(['workload.arrivals.rate', 'policy_defaults.batching.max_batch']);
    expect(points.map(({ parameters }) => Object.values(parameters))).toEqual([
      ['100/s', 2],
      ['100/s', 4],
      ['200/s', 2],
      ['200/s', 4],
    ]);
    expect(points.map(({ scenario }) => scenario.workload.arrivals)).toMatchObject(
      [100, 100, 200, 200].map((rateRps) => ({ rateRps })),
    );
    expect(points.map(({ policies }) => policies[0].families.batching.options['maxBatch'])).toEqual([2, 4, 2, 4]);
  });

  test('reaches entries of lists by index and by name, keys with dots, and keys that the file leaves out', async () => {
    const { points } = await load(`${SOUND.replace('cpu-2', 'm5.2xlarge')}grid:
  workload.queries[0].latency: [5 ms]
  policies.plain.dispatch: [random]
  fleet.machines.m5.2xlarge: [2]
  limits.hold: [7]
`);
    const { scenario, policies } = points[0];
    expect(scenario.workload.queries[0].latency).toEqual({ draw: 'fixed', valueNs: milliseconds(5) });
    expect(policies[0].families.dispatch.policy).toBe('random');
    expect(scenario.machines).toEqual([{ type: 'm5.2xlarge', count: 2, max: 2 }]);
    expect(scenario.limits.holdMax).toBe(7);
  });
});

describe('policy sets', () => {
  test('take what they do not mention from policy_defaults, then from the built-in defaults', async () => {
    const text = `${SOUND}    batching: { policy: fixed, max_delay: 1 ms }
policy_defaults: { batching: none, dispatch: round-robin }
`;
    const { families } = (await load(text)).policies[0];
    expect(families.batching).toMatchObject({ policy: 'fixed', options: { maxBatch: 8, maxDelay: milliseconds(1) } });
    expect(families.dispatch.policy).toBe('round-robin');
    expect(families.selection.policy).toBe('cheapest');
  });

  test('share one module between the families that one entry of modules names', async () => {
    const own = `export const policy = {
      name: 'pair',
      families: ['selection', 'dispatch'],
      options: { seenAtMost: { kind: 'count', default: 3, doc: 'A count.' } },
      create: () => ({ selection: { select: () => 0 }, dispatch: { assign: () => 0 } }),
    };`;
    const text = `${SOUND}    modules: [{ module: own.js, families: [dispatch, selection], seen_at_most: 4 }]\n`;
    const { families } = (await load(text, { 'own.js': own })).policies[0];
    expect(families.selection).toEqual(families.dispatch);
    expect(families.selection).toMatchObject({ policy: 'pair', options: { seenAtMost: 4 } });
    expect(families.selection.module).toMatch(/^\/.*\/own\.js$/);
    const instances = Object.values(families).map(({ instance }) => instance);
    expect(new Set(instances).size).toBe(instances.length - 1);
  });
});

describe('the resolved config', () => {
  const full = `${soundWith(['cpu-2: 1', 'cpu-2: 1, cpu-4: { count: 0, max: 2 }'])}    batching: fixed
faults: [{ fault: lost-message, probability: 0.1 }]
limits: { timeout: 2 s }
network: { delay: 1 ms }
`;

  test('has every default and reads as a config of the same runs', async () => {
    const first = await load(full);
    const again = await load(stringify(first.resolved));
    expect(again.points).toEqual(first.points);
    expect(again.resolved).toEqual(first.resolved);
    expect(first.resolved).toMatchObject({
      duration: '10 s',
      network: { delay: '1 ms', jitter: false },
      fleet: { machines: { 'cpu-2': { count: 1, max: 1 }, 'cpu-4': { count: 0, max: 2 } }, core_overcommit: 1 },
      policies: [{ name: 'plain', batching: { policy: 'fixed', max_batch: 8, max_delay: '100 ms' } }],
    });
  });

  test('has one hash for a seed, whether the file says it as a number or a text, or the command line', async () => {
    const hashOf = async (text: string, seed?: string): Promise<string> =>
      configHash((await load(text, {}, { seed })).resolved);
    const hash = await hashOf(`${SOUND}seed: 5\n`);
    expect(await hashOf(`${SOUND}seed: "5"\n`)).toBe(hash);
    expect(await hashOf(SOUND, '5')).toBe(hash);
    expect(await hashOf(SOUND, '05')).not.toBe(hash);
  });

  test('has the same hash however its file is written, and another one for another experiment', async () => {
    const { resolved } = await load(full);
    const reordered = await load(
      full.replace('limits: { timeout: 2 s }\n', '').replace('fleet:', 'limits: { timeout: 2000 ms }\nfleet:'),
    );
    expect(configHash({ ...asRecord(reordered.resolved), limits: asRecord(resolved)['limits'] })).toBe(
      configHash(resolved),
    );
    expect(configHash((await load(full.replace('10 s', '11 s'))).resolved)).not.toBe(configHash(resolved));
    expect(configHash({ b: [1, { d: 2, c: 3 }], a: null })).toBe(configHash({ a: null, b: [1, { c: 3, d: 2 }] }));
    expect(configHash({})).toMatch(/^[0-9a-f]{64}$/);
  });
});

function asRecord(value: unknown): Record<string, unknown> {
  return { ...(value as Record<string, unknown>) };
}
