// Every kind of mistake a config can have, and the whole message it gets. All mistakes of a file are told at once, by
// line; here most files have one, so that the message stands beside its cause.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../experiments/config/load-config.ts';
import { SOUND, errorsOf, folderWith, mistakes, soundWith } from './config-files.ts';

const DURATION = 'a duration with its unit, such as "5 ms" (ns, us, ms, s, min, h or d)';
const RATE = 'a rate with its unit, such as "500/s" (/s, /min or /h)';
const USE_CASE = 'use_case: classification-fashion-mnist';
const ARRIVALS = '{ process: poisson, rate: 100/s }';

test('the sound config has no mistake', async () => {
  expect(await mistakes(SOUND)).toEqual([]);
});

test('all mistakes of a file are told at once, by line', async () => {
  const text = soundWith(
    ['10 s', '10'],
    ['cpu-2', 'cpu-22'],
    ['100/s', '100'],
    ['plain', 'plain\n    dispatch: randm'],
  );
  expect((await mistakes(text)).map((message) => message.slice(0, message.indexOf(';')))).toEqual([
    'a.yaml:2: duration cannot be used',
    'a.yaml:6: fleet.machines.cpu-22 names no machine type',
    'a.yaml:9: workload.arrivals.rate cannot be used',
    'a.yaml:14: policies[0].dispatch names no dispatch policy',
  ]);
});

describe('the file', () => {
  test('that is missing', async () => {
    const folder = folderWith({});
    const [error] = await errorsOf(loadConfig(join(folder, 'a.yaml')));
    expect(error.message).toBe(`${folder}/a.yaml: the config cannot be read; found no such file; expected a YAML file`);
  });

  test('that is a folder', async () => {
    const folder = folderWith({});
    const [error] = await errorsOf(loadConfig(folder));
    expect(error.message).toBe(`${folder}: the config cannot be read; found a folder; expected a YAML file`);
  });

  test('that is empty', async () => {
    expect(await mistakes('')).toEqual([
      'a.yaml:1: the file cannot be used; found nothing; expected a map with at least question, duration, catalogue, ' +
        'fleet, workload and policies',
    ]);
  });

  test('that is no YAML', async () => {
    const [message] = await mistakes('question: [1, 2\nduration: 10 s\n');
    expect(message).toMatch(/^a\.yaml:2: this is not valid YAML: /);
  });

  test('with a key that is there twice', async () => {
    expect(await mistakes(`${SOUND}duration: 3 s\n`)).toEqual(['a.yaml:14: the key duration is there twice']);
  });
});

describe('keys', () => {
  test('that are unknown get the nearest known one', async () => {
    expect(await mistakes(soundWith(['latency:', 'latncy:']))).toEqual([
      'a.yaml:11: unknown key "latncy" in workload.queries[0]; did you mean "latency"? expected one of application, use_case, architecture, ' +
        'variant, latency, accuracy, inputs, weight',
    ]);
  });

  test('of policies are unknown like any other', async () => {
    const text = soundWith(['plain', 'plain\n    batching: { policy: fixed, maxBatch: 8 }']);
    expect(await mistakes(text)).toEqual([
      'a.yaml:14: unknown key "maxBatch" in policies[0].batching; did you mean "max_batch"? expected one of policy, max_batch, max_delay',
    ]);
  });

  test('that are missing', async () => {
    expect(await mistakes(soundWith(['question: Does it load?\n', '']))).toEqual([
      'a.yaml:1: question is missing; expected the question it answers, in a sentence',
    ]);
  });

  test('of the wrong type', async () => {
    expect(await mistakes(soundWith(['[fmnist-linear-fp32]', 'fmnist-linear-fp32']))).toEqual([
      'a.yaml:4: catalogue.variants cannot be used; found "fmnist-linear-fp32"; expected a list of variants by name or ' +
        'filter, at least one',
    ]);
  });
});

describe('numbers', () => {
  test.each([
    [
      'without a unit, for a duration',
      '10 s',
      '10',
      `a.yaml:2: duration cannot be used; found 10; expected ${DURATION}`,
    ],
    [
      'without a unit, for a rate',
      '100/s',
      '500',
      `a.yaml:9: workload.arrivals.rate cannot be used; found 500; expected ${RATE}`,
    ],
    [
      'with an unknown unit',
      '10 s',
      '10 sec',
      `a.yaml:2: duration cannot be used; found "10 sec"; expected ${DURATION}`,
    ],
    [
      'that are negative durations',
      '10 s',
      '-10 s',
      'a.yaml:2: duration cannot be used; found "-10 s"; expected a duration above 0',
    ],
    [
      'that are negative rates',
      '100/s',
      '-1/s',
      'a.yaml:9: workload.arrivals.rate cannot be used; found "-1/s"; expected a rate above 0',
    ],
    [
      'that are no durations',
      '10 s',
      '0 s',
      'a.yaml:2: duration cannot be used; found "0 s"; expected a duration above 0',
    ],
    [
      'that are no rates',
      '100/s',
      '0/s',
      'a.yaml:9: workload.arrivals.rate cannot be used; found "0/s"; expected a rate above 0',
    ],
    [
      'that are not a number',
      '100/s',
      '.nan',
      `a.yaml:9: workload.arrivals.rate cannot be used; found NaN; expected ${RATE}`,
    ],
    ['that are infinite', '10 s', '.inf', `a.yaml:2: duration cannot be used; found Infinity; expected ${DURATION}`],
    [
      'that are no counts',
      'linear-fp32: 1',
      'linear-fp32: 0',
      'a.yaml:7: fleet.workers.fmnist-linear-fp32 cannot be used; found 0; expected a whole number from 1',
    ],
    [
      'that are not whole',
      'linear-fp32: 1',
      'linear-fp32: 1.5',
      'a.yaml:7: fleet.workers.fmnist-linear-fp32 cannot be used; found 1.5; expected a whole number from 1',
    ],
    [
      'that are beyond their range',
      'latency: 20 ms',
      'accuracy: 120',
      'a.yaml:11: workload.queries[0].accuracy cannot be used; found 120; expected a percentage from 0 to 100, such as 90 or "90 %"',
    ],
  ])('%s', async (_, from, to, message) => {
    expect(await mistakes(soundWith([from, to]))).toEqual([message]);
  });

  test('of options are judged by the declaration of the policy', async () => {
    const text = soundWith(['plain', 'plain\n    batching: { policy: fixed, max_batch: 0, max_delay: 5 }']);
    expect(await mistakes(text)).toEqual([
      'a.yaml:14: policies[0].batching.max_batch cannot be used; found 0; expected a whole number from 1',
      `a.yaml:14: policies[0].batching.max_delay cannot be used; found 5; expected ${DURATION}`,
    ]);
  });
});

describe('names', () => {
  test('of variants', async () => {
    const [message] = await mistakes(soundWith(['[fmnist-linear-fp32]', '[fmnist-linear-fp23]']));
    expect(message).toMatch(
      /^a\.yaml:4: catalogue\.variants\[0\] cannot be used: unknown variant "fmnist-linear-fp23"; did you mean "fmnist-linear-fp32"\? expected one of .*$/,
    );
  });

  test('of variants that are not selected', async () => {
    expect(await mistakes(soundWith(['fmnist-linear-fp32: 1', 'fmnist-mlp-fp32: 1']))).toEqual([
      'a.yaml:7: fleet.workers.fmnist-mlp-fp32 starts a variant that is not selected; add it to catalogue.variants',
    ]);
  });

  test('in filters', async () => {
    expect(await mistakes(soundWith(['[fmnist-linear-fp32]', '[{ precision: int9 }]']))).toEqual([
      'a.yaml:4: catalogue.variants[0] cannot be used: no variant has precision "int9"; did you mean "int8"? expected one of fp16, fp32, ' +
        'int8, unstated',
    ]);
  });

  test('of machine types', async () => {
    expect(await mistakes(soundWith(['cpu-2', 'cpu2']))).toEqual([
      'a.yaml:6: fleet.machines.cpu2 names no machine type; found "cpu2"; did you mean "cpu-2"? expected one of cpu-2, cpu-4, cpu-8, ' +
        'm5.2xlarge, p3.2xlarge, inf1.2xlarge, c5.xlarge, c5.4xlarge, g4dn.xlarge, inf1.xlarge, inf1.6xlarge, edge-4',
    ]);
  });

  test('of processes', async () => {
    expect(await mistakes(soundWith(['poisson', 'poison']))).toEqual([
      'a.yaml:9: workload.arrivals.process cannot be used; found "poison"; did you mean "poisson"? expected one of constant, poisson, loadgen-server, gamma, ' +
        'weibull, mmpp, diurnal, ramp, spikes, phases, closed-loop, trace',
    ]);
  });

  test('of what a query asks for', async () => {
    const text = soundWith([USE_CASE, 'use_case: classification-fashon-mnist']);
    expect(await mistakes(text)).toEqual([
      'a.yaml:11: workload.queries[0].use_case names no selected use case; found "classification-fashon-mnist"; ' +
        'did you mean "classification-fashion-mnist"? expected one of classification-fashion-mnist',
    ]);
    expect(await mistakes(soundWith([USE_CASE, 'architecture: liner']))).toEqual([
      'a.yaml:11: workload.queries[0].architecture names no selected architecture; found "liner"; did you mean "linear"? expected one of ' +
        'linear',
    ]);
    expect(await mistakes(soundWith([USE_CASE, 'variant: fmnist-liner-fp32']))).toEqual([
      'a.yaml:11: workload.queries[0].variant names no selected variant; found "fmnist-liner-fp32"; did you mean "fmnist-linear-fp32"? expected one of ' +
        'fmnist-linear-fp32',
    ]);
  });

  test('that a query does without', async () => {
    expect(await mistakes(soundWith([`${USE_CASE}, `, '']))).toEqual([
      'a.yaml:11: workload.queries[0].use_case is missing; expected a use_case, an architecture or a variant to ask for',
    ]);
  });

  test('of policies', async () => {
    expect(await mistakes(soundWith(['plain', 'plain\n    placement: bestfit']))).toEqual([
      'a.yaml:14: policies[0].placement names no placement policy; found "bestfit"; did you mean "best-fit"? expected one of first-fit, ' +
        'best-fit, spread, sm-plus, clockwork, infaas, infaas-paper, proteus, inferline, alpaserve, nexus',
    ]);
  });

  test('of variants in the options of policies', async () => {
    const text = soundWith(['plain', 'plain\n    selection: { policy: fixed, variant: fmnist-lenear-fp32 }']);
    expect(await mistakes(text)).toEqual([
      'a.yaml:14: policies[0].selection.variant names no selected variant; found "fmnist-lenear-fp32"; did you mean "fmnist-linear-fp32"? expected one ' +
        'of fmnist-linear-fp32',
    ]);
  });

  test('of metrics', async () => {
    const [message] = await mistakes(`${SOUND}compare: [attainment]\n`);
    expect(message).toMatch(
      /^a\.yaml:14: compare\[0\] cannot be used; found "attainment"; did you mean "attainment_percent"\? expected one of .*$/,
    );
  });

  test('of the baseline', async () => {
    expect(await mistakes(`${SOUND}baseline: plian\n`)).toEqual([
      'a.yaml:14: baseline names no policy set; found "plian"; did you mean "plain"? expected one of plain',
    ]);
  });

  test('of the baseline, beside what else is wrong with the policy sets', async () => {
    const broken = soundWith(['plain', 'plain\n    batching: fixd']);
    expect(await mistakes(`${broken}baseline: plian\n`)).toEqual([
      expect.stringMatching(/^a\.yaml:14: policies\[0\]\.batching .*found "fixd"/),
      'a.yaml:15: baseline names no policy set; found "plian"; did you mean "plain"? expected one of plain',
    ]);
    // The set without a name may be the one that is meant.
    const nameless = soundWith(['- name: plain', '- batching: none']);
    expect(await mistakes(`${nameless}baseline: plain\n`)).toHaveLength(1);
  });

  test('of policy sets, twice', async () => {
    expect(await mistakes(`${SOUND}  - name: plain\n`)).toEqual([
      'a.yaml:14: policies[1].name cannot be used; found "plain"; expected a name that no other policy set has',
    ]);
  });
});

describe('what does not go together', () => {
  test('a warm-up that leaves nothing to measure', async () => {
    expect(await mistakes(`${SOUND}warm_up: 8 s\ncool_down: 2 s\n`)).toEqual([
      'a.yaml:14: warm_up leaves nothing to measure; found warm_up 8 s and cool_down 2 s; expected together less than ' +
        'the duration, 10 s',
    ]);
  });

  test('lost messages without a timeout', async () => {
    expect(await mistakes(`${SOUND}faults: [{ fault: lost-message, probability: 0.1 }]\n`)).toEqual([
      'a.yaml:14: faults[0] loses messages, and nothing ends a request whose message is lost; found no limits.timeout; ' +
        'expected limits.timeout, such as "10 s"',
    ]);
  });

  test('a fault without a time, or with two', async () => {
    const expected = 'expected either at: [10 s] or mean_between: 60 s, one of the two';
    expect(await mistakes(`${SOUND}faults: [{ fault: worker-crash }]\n`)).toEqual([
      `a.yaml:14: faults[0].at is missing; ${expected}`,
    ]);
    expect(await mistakes(`${SOUND}faults: [{ fault: worker-crash, at: [1 s], mean_between: 1 s }]\n`)).toEqual([
      `a.yaml:14: faults[0].mean_between cannot be used; found "1 s"; ${expected}`,
    ]);
  });

  test('a fleet without room for its workers', async () => {
    expect(await mistakes(soundWith(['linear-fp32: 1', 'linear-fp32: 3']))).toEqual([
      'a.yaml:7: fleet.workers.fmnist-linear-fp32 asks for more than the machines at the start have room for; found ' +
        'room for 2 of 3, placed by first-fit on 1 cpu-2; start fewer workers, more machines or larger ones',
    ]);
  });

  test('a fleet beyond the limits', async () => {
    expect(await mistakes(`${soundWith(['cpu-2: 1', 'cpu-2: 3'])}limits: { machines: 2 }\n`)).toEqual([
      'a.yaml:6: fleet.machines asks for more than limits allow; found 3 machines; expected at most limits.machines, 2; ' +
        'ask for fewer or raise limits.machines',
    ]);
  });

  test('fewer machines at most than at the start', async () => {
    expect(await mistakes(soundWith(['cpu-2: 1', 'cpu-2: { count: 2, max: 1 }']))).toEqual([
      'a.yaml:6: fleet.machines.cpu-2.max cannot be used; found 1; expected at least count, 2',
    ]);
  });

  test('a law of latencies whose bounds are crossed, in the units of the file', async () => {
    const text = soundWith(['latency: 20 ms', 'latency: { draw: uniform, minimum: 5 ms, maximum: 1 ms }']);
    expect(await mistakes(text)).toEqual([
      'a.yaml:11: workload.queries[0].latency.maximum cannot be used; found "1 ms"; expected a duration of at least 5 ms',
    ]);
  });

  test('spikes that last longer than the time between them', async () => {
    const spikes = '{ process: spikes, base: 1/s, spike: 3/s, every: 1 s, lasts: 2 s, first_at: 0 s }';
    expect(await mistakes(soundWith([ARRIVALS, spikes]))).toEqual([
      'a.yaml:9: workload.arrivals.lasts cannot be used; found "2 s"; expected at most every, 1 s',
    ]);
  });

  test('weights beside another law of popularity', async () => {
    const text = soundWith(['latency: 20 ms }', 'weight: 2 }\n  popularity: { law: zipf, exponent: 1 }']);
    expect(await mistakes(text)).toEqual([
      'a.yaml:12: workload.popularity and the weights of the queries both say how often each is asked; found zipf, and ' +
        'queries with a weight; expected by-weight, or queries without weights',
    ]);
  });

  test('a policy that refuses its options', async () => {
    const text = soundWith(['plain', 'plain\n    model_scaling: { policy: hpa, min: 5, max: 2 }']);
    expect(await mistakes(text)).toEqual([
      'a.yaml:13: policies[0]: model-scaling policy "hpa" may run no number of workers; found min 5, max 2; expected ' +
        'min no larger than max; raise max or lower min',
    ]);
  });
});

describe('tables and files', () => {
  const resnet = soundWith(
    ['[fmnist-linear-fp32]', '[resnet50-tensorrt-b8]'],
    ['{ cpu-2: 1 }', '{ p3.2xlarge: 1 }'],
    ['fmnist-linear-fp32: 1', 'resnet50-tensorrt-b8: 1'],
    [USE_CASE, 'use_case: classification-imagenet-224'],
  );

  test('a variant without the spread that the sampling needs', async () => {
    expect(await mistakes(resnet)).toEqual([
      'a.yaml:4: catalogue.variants[0] cannot be used: sampling: empirical needs a distribution, and batch 1 of ' +
        'resnet50-tensorrt-b8 has none; found a mean only; expected quantiles or samples in every row; add them, or ' +
        'choose sampling: mean or lognormal',
    ]);
    expect(await mistakes(resnet.replace('tensorrt-b8]', 'tensorrt-b8]\n  sampling: mean'))).toEqual([]);
  });

  const SHORT = `variants:
  - name: short
    use_case: { task: classification, dataset: fashion-mnist }
    architecture: tiny
    framework: none
    hardware: cpu
    precision: fp32
    max_batch: 8
    accuracy_percent: 90
    resources: { cores: 1, memory: 1 MB }
    profile: { source: a test, load: 1 ms, peak_memory: 1 MB, host_overhead: 0 us, rows: [{ batch: 1, mean: 1 ms }] }
`;
  const short = soundWith(
    ['[fmnist-linear-fp32]', '[short]\n  sampling: mean\n  files: [short.yaml]'],
    ['fmnist-linear-fp32: 1', 'short: 1'],
  );

  test('a variant whose table lacks its largest batch', async () => {
    expect(await mistakes(short, { 'short.yaml': SHORT })).toEqual([
      'a.yaml:4: catalogue.variants[0] cannot be used: the latency table of short has nothing for batches 2-8; found ' +
        "measured batch 1 alone; expected batches from 1 to the variant's maximum 8; measure them, lower max_batch, or " +
        'set extrapolate: true to continue the nearest two rows in a straight line',
    ]);
  });

  test('a catalogue file with a mistake is told by its own line', async () => {
    expect(await mistakes(short, { 'short.yaml': SHORT.replace('max_batch: 8', 'max_batch: 0') })).toEqual([
      'short.yaml:8: variant short: max_batch cannot be used; found 0; expected a whole number from 1 to 65536',
    ]);
  });

  test('a catalogue file that is missing', async () => {
    const [message] = await mistakes(short);
    expect(message).toMatch(/^a\.yaml:6: catalogue\.files: short\.yaml: the catalogue cannot be read; found ENOENT/);
  });

  const traced = soundWith([ARRIVALS, '{ process: trace, file: t.csv }']);

  test('a trace that is missing', async () => {
    expect(await mistakes(traced)).toEqual([
      'a.yaml:9: workload.arrivals.file cannot be read; found no such file; expected a trace; the path starts from FOLDER',
    ]);
  });

  test('a trace that is empty', async () => {
    expect(await mistakes(traced, { 't.csv': '' })).toEqual([
      'a.yaml:9: workload.arrivals.file: t.csv: the trace is empty; found no line of text; expected a header and rows; ' +
        'check how the file was made',
    ]);
  });

  test('a trace without rows, where only its end tells how long the run is', async () => {
    expect(await mistakes(traced.replace('duration: 10 s\n', ''), { 't.csv': 'arrival_s\n' })).toEqual([
      'a.yaml:8: workload.arrivals.file: t.csv: the trace has no rows; found no arrival below the header; expected at ' +
        'least one row; check how the file was made',
    ]);
  });

  test('a trace with an unsorted row, by the line of the trace', async () => {
    const rows = 'arrival_s,use_case\n1,classification-fashion-mnist\n0.5,classification-fashion-mnist\n';
    expect(await mistakes(traced.replace('duration: 10 s\n', ''), { 't.csv': rows })).toEqual([
      't.csv:3: the row is out of order; found 0.5 s before the row above it; expected rows in order of time; sort the ' +
        'trace once with `rehearse trace convert --sort`, or read it with sort: true',
    ]);
  });

  test('a trace of columns that nobody named', async () => {
    const text = soundWith([ARRIVALS, '{ process: trace, file: t.csv, format: counts }']);
    expect(await mistakes(text, { 't.csv': 'a,b\n1,2\n' })).toEqual([
      'a.yaml:9: workload.arrivals.columns is missing; expected the columns of a counts file, such as { count: ' +
        'requests, interval: 1 min }',
    ]);
  });
});

describe('policy files', () => {
  const own = soundWith(['plain', 'plain\n    dispatch: { module: own.ts, alpha: 2 }']);
  const policy = (families: string, options = '{}', create = '() => ({ dispatch: { assign: () => 0 } })'): string =>
    `export const policy = { name: 'own', families: ${families}, options: ${options}, create: ${create} };`;

  test('that are missing', async () => {
    expect(await mistakes(own)).toEqual([
      'a.yaml:14: policies[0].dispatch.module: own.ts: the policy file cannot be read; found no such file',
    ]);
  });

  test('that do not parse, by their own line', async () => {
    expect(await mistakes(own, { 'own.ts': 'const a = 1;\nconst = 2;\n' })).toEqual([
      'own.ts:2: the policy file does not parse: Expected identifier but found "="',
    ]);
  });

  test('that serve another family', async () => {
    expect(await mistakes(own, { 'own.ts': policy("['batching']") })).toEqual([
      'a.yaml:14: policies[0].dispatch.module does not serve dispatch; found policy own for batching; choose it where ' +
        'it serves, or add the family in the file',
    ]);
  });

  test('whose options are not what the config gives', async () => {
    expect(await mistakes(own, { 'own.ts': policy("['dispatch']") })).toEqual([
      'a.yaml:14: unknown key "alpha" in policies[0].dispatch; expected one of module',
    ]);
    const options = "{ alpha: { kind: 'number', default: 0.5, maximum: 1, doc: 'A share.' } }";
    expect(await mistakes(own, { 'own.ts': policy("['dispatch']", options) })).toEqual([
      'a.yaml:14: policies[0].dispatch.alpha cannot be used; found 2; expected a number up to 1',
    ]);
  });

  const text = own.replace(', alpha: 2', '');

  test('that throw when they are created', async () => {
    const create = "() => { throw new TypeError('no luck'); }";
    expect(await mistakes(text, { 'own.ts': policy("['dispatch']", '{}', create) })).toEqual([
      'a.yaml:13: policies[0]: own.ts: create() of policy own failed; found TypeError: no luck',
    ]);
  });

  test('that leave out a family they promise', async () => {
    const modules = text.replace(
      'dispatch: { module: own.ts }',
      'modules: [{ module: own.ts, families: [dispatch, batching] }]',
    );
    expect(await mistakes(modules, { 'own.ts': policy("['dispatch', 'batching']") })).toEqual([
      'a.yaml:13: policies[0]: own.ts: create() of policy own leaves families out; found nothing for batching; expected ' +
        'an object with dispatch, batching',
    ]);
  });

  test('chosen twice for a family', async () => {
    const twice = text.replace(
      'dispatch: { module: own.ts }',
      'dispatch: random\n    modules: [{ module: own.ts, families: [dispatch] }]',
    );
    expect(await mistakes(twice, { 'own.ts': policy("['dispatch']") })).toEqual([
      'a.yaml:15: policies[0].modules[0].families cannot be used; found ["dispatch"]; expected families that are not ' +
        'chosen elsewhere; dispatch is',
    ]);
  });
});

describe('grids', () => {
  test('a value that does not fit its place is told at its line of the grid', async () => {
    expect(await mistakes(`${SOUND}grid:\n  workload.arrivals.rate:\n    - 10/s\n    - 20\n`)).toEqual([
      `a.yaml:17: workload.arrivals.rate cannot be used; found 20; expected ${RATE}`,
    ]);
  });

  test('a path that leads nowhere', async () => {
    expect(await mistakes(`${SOUND}grid: { workload.arivals.rate: [10/s] }\n`)).toEqual([
      'a.yaml:14: unknown key "arivals" in workload; did you mean "arrivals"? expected one of arrivals, queries, popularity, limit',
    ]);
    expect(await mistakes(`${SOUND}grid: { duration.length: [10 s] }\n`)).toEqual([
      'a.yaml:14: grid: duration.length leads nowhere; expected the path of a value in this file, such as ' +
        'workload.arrivals.rate',
    ]);
  });

  test('what is no part of a run cannot be swept', async () => {
    expect(await mistakes(`${SOUND}grid: { replications: [1, 2] }\n`)).toEqual([
      'a.yaml:14: grid: replications sweeps replications, which is no part of a run; did you mean "calibration"? expected a path that begins with ' +
        'one of calibration, duration, policies, objectives, rollouts, limits, request_rows, network and 9 more',
    ]);
  });

  test('a mistake of some points away from the grid names the first of them', async () => {
    expect(await mistakes(`${SOUND}warm_up: 5 s\ngrid: { duration: [4 s, 8 s] }\n`)).toEqual([
      'a.yaml:14: warm_up leaves nothing to measure where duration = 4 s; found warm_up 5 s; expected less than the ' +
        'duration, 4 s',
    ]);
  });

  test('a value twice, and no value', async () => {
    expect(await mistakes(`${SOUND}grid: { duration: [4 s, 4 s], warm_up: [] }\n`)).toEqual([
      'a.yaml:14: grid.warm_up cannot be used; found []; expected a list of values, at least one',
      'a.yaml:14: grid.duration[1] cannot be used; found "4 s"; expected each value once',
    ]);
  });
});

describe('live runs', () => {
  test('need a model file and hardware that is present', async () => {
    const cpu = soundWith(
      ['[fmnist-linear-fp32]', '[resnet50-tensorflow-cpu4, resnet50-tensorrt-b8]\n  sampling: mean'],
      ['{ cpu-2: 1 }', '{ cpu-4: 1 }'],
      ['fmnist-linear-fp32: 1', 'resnet50-tensorflow-cpu4: 1'],
      [USE_CASE, 'use_case: classification-imagenet-224'],
    );
    expect(await mistakes(cpu)).toEqual([]);
    const [noGpu, noFile] = await mistakes(cpu, {}, { live: true });
    expect(noGpu).toMatch(
      /^a\.yaml:4: catalogue\.variants selects resnet50-tensorrt-b8, which cannot run live here; found hardware v100; expected hardware that is present, one of cpu.*; leave it out, or run without --live$/,
    );
    expect(noFile).toBe(
      'a.yaml:4: catalogue.variants selects resnet50-tensorflow-cpu4, which cannot run live here; found no model file; ' +
        'expected an artifact; leave it out, or run without --live',
    );
  });

  test('tell what several variants lack once, and name the first of them', async () => {
    const picks = '[{ architecture: resnet50, framework: tensorrt }, fmnist-linear-fp32]\n  sampling: mean';
    const [noGpu, ...rest] = await mistakes(soundWith(['[fmnist-linear-fp32]', picks]), {}, { live: true });
    expect(noGpu).toMatch(
      /selects resnet50-tensorrt-b1, resnet50-tensorrt-b4, resnet50-tensorrt-b8 and \d+ more, .*; leave them out, or run/,
    );
    expect(rest).toEqual([]);
  });

  test('may be shorter than the warm-up, which shrinks with the duration', async () => {
    expect(await mistakes(`${SOUND}warm_up: 5 s\nlive: { duration: 5 s }\n`, {}, { live: true })).toEqual([]);
  });
});
