// `expect:`, the directions an experiment expects: what is read, and every mistake in it, told at once and by line.
import { describe, expect, test } from 'vitest';
import { jsonSchema } from '../../../experiments/config/schema.ts';
import { load, mistakes, soundWith } from './config-files.ts';

const TWO = soundWith(['- name: plain', '- name: plain\n  - name: pairs']);
/** The config with two policy sets, a grid and these expectations; the first line of `text` is line 17. */
const expecting = (text: string): string => `${TWO}grid: { workload.arrivals.rate: [100/s, 200/s] }\nexpect:\n${text}`;

const FULL = `  - claim: H4
    says: >
      Pairs cost
      less
    metric: cost_usd
    better: pairs
    than: plain
    direction: lower
    paper: 8.5
    at: { workload.arrivals.rate: 200/s }
    application: default
`.replace('metric: cost_usd', 'metric: violations_percent');

const SHORT = '{ claim: A.1, says: so, metric: cost_usd, better: pairs, than: [plain], direction: higher }';

describe('an expectation', () => {
  test('is read with everything it says', async () => {
    const { expect: found } = await load(expecting(FULL));
    expect(found).toEqual([
      {
        kind: 'comparison',
        claim: 'H4',
        says: 'Pairs cost less',
        metric: 'violations_percent',
        better: 'pairs',
        than: ['plain'],
        thanAt: {},
        direction: 'lower',
        tolerance: null,
        paper: 8.5,
        at: { 'workload.arrivals.rate': ['200/s'] },
        application: 'default',
      },
    ]);
  });

  test('may leave out the paper, the points and the application', async () => {
    const { expect: found } = await load(expecting(`  - ${SHORT}\n`));
    expect(found[0]).toMatchObject({ than: ['plain'], paper: null, at: {}, application: null });
  });

  test('may name another grid point instead of another set', async () => {
    const entry = SHORT.replace('than: [plain]', 'than_at: { workload.arrivals.rate: 200/s }');
    const { expect: found } = await load(expecting(`  - ${entry}\n`));
    expect(found[0]).toMatchObject({ than: ['pairs'], thanAt: { 'workload.arrivals.rate': '200/s' } });
    const many = SHORT.replace('than: [plain]', 'than_at: { workload.arrivals.rate: [100/s, 200/s] }');
    const [told] = await mistakes(expecting(`  - ${many}\n`));
    expect(told).toMatch(/than_at.* expected one value: it is compared with one grid point/);
    const [missing] = await mistakes(expecting(`  - ${SHORT.replace('than: [plain], ', '')}\n`));
    expect(missing).toMatch(/than is missing; expected the policy set it is compared with, or than_at/);
  });

  test('stands in the resolved config, and its absence leaves no trace', async () => {
    const { resolved } = await load(expecting(FULL));
    expect(resolved).toMatchObject({ expect: [{ claim: 'H4', paper: 8.5 }] });
    const without = await load(TWO);
    expect(without.expect).toEqual([]);
    expect(without.resolved).not.toHaveProperty('expect');
  });

  test('is in the JSON Schema', () => {
    const forms = ['better', 'served_by'].map((key) => ({ required: expect.arrayContaining(['claim', key]) }));
    expect(jsonSchema()).toMatchObject({ properties: { expect: { type: 'array', items: { anyOf: forms } } } });
  });

  test('takes several grid points, in whatever way their numbers are written', async () => {
    const text = expecting(`  - ${SHORT.replace(' }', ", at: { seedless: ['1', 2] } }")}\n`)
      .replace('workload.arrivals.rate', 'policies.plain.batching.max_batch')
      .replace('[100/s, 200/s]', '[1, 2]')
      .replace('seedless', 'policies.plain.batching.max_batch')
      .replace('- name: plain', '- name: plain\n    batching: { policy: fixed, max_batch: 1 }');
    expect((await load(text)).expect[0].at).toEqual({ 'policies.plain.batching.max_batch': [1, 2] });
  });
});

const SERVED = '{ claim: E2, says: so, policy: pairs, served_by: fmnist-linear-fp32 }';
const served = (more: string): string => expecting(`  - ${SERVED.replace(' }', `, ${more} }`)}\n`);

describe('an expectation of who answers', () => {
  test('is read with everything it says', async () => {
    const more = 'share: 95 %, application: default, at: { workload.arrivals.rate: 200/s }';
    expect((await load(served(more))).expect).toEqual([
      {
        kind: 'served-by',
        claim: 'E2',
        says: 'so',
        policy: 'pairs',
        servedBy: ['fmnist-linear-fp32'],
        sharePercent: 95,
        at: { 'workload.arrivals.rate': ['200/s'] },
        application: 'default',
      },
    ]);
  });

  test('means all requests, every one of them, unless it says otherwise', async () => {
    const { expect: found, resolved } = await load(expecting(`  - ${SERVED}\n  - ${SHORT}\n`));
    expect(found[0]).toMatchObject({ sharePercent: 100, application: null, at: {} });
    expect(found[1]).toMatchObject({ kind: 'comparison' });
    expect(resolved).toMatchObject({ expect: [{ policy: 'pairs', share: 100 }, { better: 'pairs' }] });
  });

  test('may name several variants', async () => {
    const several = SERVED.replace('fmnist-linear-fp32 }', '[fmnist-linear-fp32, fmnist-linear-int8] }');
    const text = expecting(`  - ${several}\n`).replace(
      'variants: [fmnist-linear-fp32]',
      'variants: [fmnist-linear-fp32, fmnist-linear-int8]',
    );
    expect((await load(text)).expect[0]).toMatchObject({ servedBy: ['fmnist-linear-fp32', 'fmnist-linear-int8'] });
  });

  test('names what exists', async () => {
    const text = expecting(`  - claim: E2
    says: so
    policy: pair
    application: defalt
    served_by: [fmnist-linear-fp3, fmnist-linear-fp32, fmnist-linear-fp32]
    share: 101 %
    at: { workload.arrivals.rate: 1/s }
    shar: 5
`);
    expect(await mistakes(text)).toEqual([
      'a.yaml:19: expect[0].policy names no policy set; found "pair"; did you mean "pairs"? expected one of plain, pairs',
      'a.yaml:20: expect[0].application names no application of the queries; found "defalt"; did you mean "default"? expected one of default',
      'a.yaml:21: expect[0].served_by[0] names no variant; found "fmnist-linear-fp3"; did you mean "fmnist-linear-fp32"? expected one of ' +
        'fmnist-linear-fp32',
      'a.yaml:21: expect[0].served_by[2] cannot be used; found "fmnist-linear-fp32"; expected each variant once',
      expect.stringMatching(/^a\.yaml:22: expect\[0\]\.share cannot be used; found "101 %"; expected a percentage/),
      expect.stringMatching(
        /^a\.yaml:23: expect\[0\]\.at\.workload\.arrivals\.rate is no value of the grid; found "1\/s"/,
      ),
      'a.yaml:24: unknown key "shar" in expect[0]; did you mean "share"? expected one of claim, says, at, application, policy, served_by, ' +
        'share',
    ]);
  });

  test.each([
    [
      'share: 0',
      'share cannot be used; found 0; expected a percentage above 0 and up to 100: every share is at least 0',
    ],
    [
      'metric: cost_usd',
      'metric does not go with policy; found policy, served_by, metric; expected either metric, better, than, ' +
        'than_at, direction, tolerance, paper, or policy, served_by, share; write two expectations of the same claim',
    ],
  ])('with %s cannot be judged', async (more, message) => {
    expect(await mistakes(served(more))).toEqual([`a.yaml:17: expect[0].${message}`]);
  });

  test.each(['served_by: fmnist-linear-fp32', 'policy: pairs', 'served_by: []'])('needs more than %s', async (key) => {
    const found = await mistakes(expecting(`  - { claim: E2, says: so, ${key} }\n`));
    expect(found).toContainEqual(expect.stringMatching(/expect\[0\]\.(policy|served_by) is missing/));
  });

  test('is not mixed with a comparison, whichever comes first', async () => {
    const entry = SHORT.replace(' }', ', served_by: fmnist-linear-fp32 }');
    const [message, ...others] = await mistakes(expecting(`  - ${entry}\n`));
    expect(others).toEqual([]);
    expect(message).toContain('expect[0].served_by does not go with metric; found metric, better, than, direction');
  });
});

describe('what is wrong with an expectation', () => {
  test('is told all at once, each at its line, with the nearest name', async () => {
    const text = expecting(`  - claim: H 4
    says: so
    metric: cost_us
    better: pair
    than: [plain, plian]
    direction: less
    paper: 0.5
    at: { workload.arrivals.rte: 200/s }
`);
    expect(await mistakes(text)).toEqual([
      'a.yaml:17: expect[0].claim cannot be used; found "H 4"; expected a short id of letters, digits, "." and "-", ' +
        'such as H4',
      expect.stringMatching(
        /^a\.yaml:19: expect\[0\]\.metric cannot be used; .*; did you mean "cost_usd"\? expected one of .* more$/,
      ),
      'a.yaml:20: expect[0].better names no policy set; found "pair"; did you mean "pairs"? expected one of plain, pairs',
      'a.yaml:21: expect[0].than[1] names no policy set; found "plian"; did you mean "plain"? expected one of plain, pairs',
      'a.yaml:22: expect[0].direction cannot be used; found "less"; expected one of higher, lower, equal',
      'a.yaml:23: expect[0].paper cannot be used; found 0.5; expected a ratio of at least 1: how many times better',
      'a.yaml:24: expect[0].at.workload.arrivals.rte names no parameter of the grid; found "workload.arrivals.rte"; ' +
        'did you mean "workload.arrivals.rate"? expected one of workload.arrivals.rate',
    ]);
  });

  test.each([
    ['pairs, than: pairs', 'than cannot be used; found "pairs"; expected another policy set than better'],
    ['pairs, than: [plain, plain]', 'than[1] cannot be used; found "plain"; expected each policy set once'],
    ['pairs, than: []', 'than cannot be used; found []; expected a policy set, or a list of policy sets'],
    [
      'pairs, than: plain, at: { workload.arrivals.rate: 201/s }',
      'at.workload.arrivals.rate is no value of the grid; found "201/s"; did you mean "200/s"? expected one of 100/s, 200/s',
    ],
    [
      'pairs, than: plain, tolerance: 0.1',
      'tolerance cannot be used; found 0.1; expected no tolerance: lower needs none, only equal does',
    ],
    [
      'pairs, than: plain, application: default',
      'metric cannot be used; found "cost_usd"; expected a metric that exists for each application, one of attainment',
    ],
  ])('better: %s', async (sides, message) => {
    const entry = `  - { claim: A, says: so, metric: cost_usd, direction: lower, better: ${sides} }\n`;
    const found = (await mistakes(expecting(entry))).map((each) => each.replace('a.yaml:17: expect[0].', ''));
    expect(found).toHaveLength(1);
    expect(found[0].slice(0, message.length)).toBe(message);
  });

  test.each([
    ['cost_usd', '', /tolerance is missing; expected how far apart equals may lie/],
    [
      'cost_usd',
      ', tolerance: 2',
      /tolerance cannot be used; found 2; expected a share above 0 and below 1 for cost_usd/,
    ],
  ])('%s equal%s', async (metric, tolerance, message) => {
    const entry = `  - { claim: A, says: so, metric: ${metric}, better: plain, than: pairs, direction: equal${tolerance} }\n`;
    expect(await mistakes(expecting(entry))).toEqual([expect.stringMatching(message)]);
  });

  test('an application that nobody is', async () => {
    const entry = SHORT.replace('cost_usd', 'goodput_rps').replace(' }', ', application: defalt }');
    expect(await mistakes(expecting(`  - ${entry}\n`))).toEqual([
      'a.yaml:17: expect[0].application names no application of the queries; found "defalt"; did you mean "default"? expected one of default',
    ]);
  });

  test('a grid point without a grid', async () => {
    const entry = SHORT.replace(' }', ', at: { rate: 1 } }');
    const text = expecting(`  - ${entry}\n`).replace(/grid: .*\n/, '');
    expect(await mistakes(text)).toEqual([
      'a.yaml:16: expect[0].at.rate names no parameter of the grid; found "rate"; expected a parameter of the grid, and ' +
        'there is none',
    ]);
  });

  test.each(['{ claim: A }', '7', '[]', '[7]'])('a list that is none: %s', async (text) => {
    const found = await mistakes(`${TWO}expect: ${text}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^a\.yaml:15: expect(\[0\])? cannot be used; .*expected a(n expectation such as| list of)/,
    );
  });
});
