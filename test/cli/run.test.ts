// `rehearse run` and `rehearse report` as a user meets them: files, streams and exit status.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ExperimentResult } from '../../core/index.ts';
import { arriving, arrivingAtRandom, echoFolder, readRows } from '../fixtures/echo.ts';
import { filesIn, rehearse } from './command.ts';

const FILES = ['figures/', 'report.html', 'requests.csv', 'result.json', 'summary.csv'];
const COMPARED = {
  replications: 3,
  workload: arrivingAtRandom('85/s', { latency: '30 ms' }),
  policies: [{ name: 'plain' }, { name: 'pairs', batching: { policy: 'fixed', max_batch: 2, max_delay: '0 ms' } }],
};
/** More queries than can be answered: the run is cut off. */
const OVERLOADED = { duration: '50 ms', workload: arriving('200/s', { latency: '30 ms' }), limits: { drain: '1 ms' } };

/** A file `NAME.yaml` beside the fixture's own. */
function named(folder: string, name: string, changes: object): string {
  const config = JSON.parse(readFileSync(join(folder, 'echo-run.yaml'), 'utf8')) as object; // The fixture's.
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), JSON.stringify({ ...config, ...changes }));
  return name;
}

const resultIn = (out: string): ExperimentResult =>
  JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as ExperimentResult; // Written by the command.

const kindsIn = (out: string): string[] => [...new Set(filesIn(out).map((file) => file.replace(/\/.*/, '/')))];

describe('a comparison', () => {
  let cwd = '';
  let first: Awaited<ReturnType<typeof rehearse>>;

  beforeAll(async () => {
    cwd = echoFolder(COMPARED);
    first = await rehearse(['run', 'echo-run.yaml', '--out', 'out'], { cwd });
  });

  test('prints a table, a verdict and where the report is, and its progress beside', () => {
    expect(first.status).toBe(0);
    expect(first.stdout).toContain('over 3 replications');
    expect(first.stdout).toMatch(/plain .*pairs/);
    expect(first.stdout).toMatch(/Against plain, .* under pairs/);
    expect(first.stdout.trimEnd().split('\n').at(-1)).toBe(join(cwd, 'out', 'report.html'));
    expect(first.stderr).toMatch(/^6\/6 runs, .* M requests, [\d.]+ s \((plain|pairs)\)\n$/m);
  });

  test('writes whole files and nothing else', () => {
    expect(kindsIn(join(cwd, 'out'))).toEqual(FILES);
    expect(filesIn(join(cwd, 'out')).filter((file) => /partial|probe/.test(file))).toEqual([]);
    expect(readFileSync(join(cwd, 'out', 'report.html'), 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\s*$/i);
    expect(filesIn(join(cwd, 'out', 'figures')).every((file) => file.endsWith('.svg'))).toBe(true);
  });

  test('with --json prints one object, the same as its files say, and nothing else', async () => {
    const { status, stdout } = await rehearse(['run', 'echo-run.yaml', '--out', 'again', '--json', '--jobs', '1'], {
      cwd,
    });
    expect(status).toBe(0);
    const printed = JSON.parse(stdout) as Record<string, unknown>; // Checked below.
    const result = resultIn(join(cwd, 'again'));
    expect(printed).toMatchObject({
      name: 'echo-run',
      world: 'simulated',
      complete: true,
      verdict: { valid: true },
      digest: result.digest,
      output: join(cwd, 'again'),
      cells: result.cells.map(({ policy, parameters, metrics, replications }) => ({
        policy,
        parameters,
        valid: true,
        metrics,
        digests: replications.map(({ digest }) => digest),
      })),
    });
    expect((printed['comparisons'] as { candidate: string }[]).map(({ candidate }) => candidate)).toContain('pairs');
    // Once more, with another number of threads.
    expect(result.digest).toBe(resultIn(join(cwd, 'out')).digest);
  });

  test('says in its result how it is repeated', async () => {
    const args = ['run', 'echo-run.yaml', '--seed', "a b'c", '--replications', '1', '--out', 'seeded', '--jobs', '1'];
    expect((await rehearse(args, { cwd })).status).toBe(0);
    const { command, seed, cells } = resultIn(join(cwd, 'seeded'));
    expect(command).toBe("npx rehearse run echo-run.yaml --seed 'a b'\\''c' --replications 1");
    expect(seed).toBe("a b'c");
    expect(cells[0].replications).toHaveLength(1);
  });

  test('has its report made again byte for byte', async () => {
    const out = join(cwd, 'out');
    const contents = (): Record<string, string> =>
      Object.fromEntries(filesIn(out).map((file) => [file, readFileSync(join(out, file), 'utf8')]));
    const before = contents();
    for (const file of ['report.html', 'summary.csv', 'figures']) rmSync(join(out, file), { recursive: true });
    const { status, stdout, stderr } = await rehearse(['report', 'out'], { cwd });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${join(out, 'report.html')}\n`, stderr: '' });
    expect(contents()).toEqual(before);
  });
});

describe('the exit status', () => {
  test('is 1 for an invalid run, whose files say why', async () => {
    const cwd = echoFolder(OVERLOADED);
    const { status, stdout, stderr } = await rehearse(['run', 'echo-run.yaml', '--out', 'out', '--json'], { cwd });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      complete: true,
      verdict: { valid: false, problems: [{ code: 'RUN_TIME_LIMIT' }] },
      cells: [{ valid: false }],
    });
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(kindsIn(join(cwd, 'out'))).toEqual(FILES);
  });

  test('is 2 for a bad config, with a line for each mistake, and nothing is written', async () => {
    const cwd = echoFolder({ duration: 5, replications: 0 });
    const { status, stdout, stderr } = await rehearse(['run', 'echo-run.yaml', '--out', 'out'], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.replaceAll(/; .*$/gm, '')).toBe(
      'echo-run.yaml:3: replications cannot be used\necho-run.yaml:4: duration cannot be used\n2 errors\n',
    );
    expect(filesIn(cwd)).toEqual(['echo-run.yaml', 'echo.yaml']);
  });

  test('is 1 where a policy of the user’s own fails, in one line', async () => {
    const policies = [{ name: 'own', dispatch: { module: 'own.mjs' } }];
    const own = `export const policy = { name: 'own', families: ['dispatch'], create: () => ({ dispatch: { assign() {\n  throw new RangeError('no luck');\n} } }) };`;
    const cwd = echoFolder({ policies }, { 'own.mjs': own });
    const { status, stdout, stderr } = await rehearse(['run', 'echo-run.yaml', '--out', 'out', '--json'], { cwd });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      'own.mjs:2: dispatch.assign() of policy own threw; found RangeError: no luck; mend the policy file and run again\n',
    );
    expect(filesIn(join(cwd, 'out'))).toEqual([]);
  });

  test.each([
    ['a file in the way', 'echo.yaml', /echo\.yaml: cannot write into the output folder; found a file in the way/],
    ['below a file', 'echo.yaml/out', /found a file in the way \(ENOTDIR\); name another folder with --out/],
  ])('is 2 for an output folder that cannot be: %s', async (_, out, message) => {
    const cwd = echoFolder({});
    const { status, stdout, stderr } = await rehearse(['run', 'echo-run.yaml', '--out', out], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('is 2 for a timeline that cannot be written, before anything runs', async () => {
    const cwd = echoFolder({});
    const args = ['run', 'echo-run.yaml', '--out', 'out', '--timeline', 'echo.yaml/t.json'];
    const { status, stdout, stderr } = await rehearse(args, { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(
      'echo.yaml/t.json: cannot write the file; found a file in the way (EEXIST); name another file\n',
    );
    expect(filesIn(cwd)).toEqual(['echo-run.yaml', 'echo.yaml']);
  });
});

test('a timeline is a Chrome trace of the batches, the loads and the machine', async () => {
  const cwd = echoFolder({ duration: '100 ms' });
  const { status } = await rehearse(['run', 'echo-run.yaml', '--out', 'out', '--timeline', 'out/t.json'], { cwd });
  expect(status).toBe(0);
  const events = JSON.parse(readFileSync(join(cwd, 'out', 't.json'), 'utf8')) as { ph: string; dur?: number }[];
  // Five batches of 10 ms, in microseconds.
  expect(events.filter(({ ph, dur }) => ph === 'X' && dur === 10_000)).toHaveLength(5);
});

/** Late queries under Poisson arrivals: pairs of 15 ms answer more of them in time than single ones of 10 ms. */
const CLAIMED = {
  ...COMPARED,
  replications: 5,
  workload: {
    arrivals: { process: 'poisson', rate: '85/s' },
    queries: ['shop', 'search'].map((application) => ({ variant: 'echo', latency: '30 ms', application })),
  },
  expect: [
    {
      claim: 'H1',
      says: 'Pairs answer sooner',
      metric: 'latency_mean_ms',
      better: 'pairs',
      than: 'plain',
      direction: 'lower',
      paper: 2,
    },
    {
      claim: 'H2',
      says: 'Pairs violate more',
      metric: 'violations_percent',
      better: 'pairs',
      than: 'plain',
      direction: 'higher',
    },
  ],
};

describe('what was expected', () => {
  test('stands between the table and the verdict, in the result and in --json; a claim that fails is no failure', async () => {
    const cwd = echoFolder(CLAIMED);
    const { status, stdout } = await rehearse(['run', 'echo-run.yaml', '--out', 'out'], { cwd });
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /mean batch, inputs .*\n\nWhat was expected: 1 of 2 held, 1 did not\.\n[^]* held\n[^]* not held\nEach is judged by its own 95 % interval\.\n\nAgainst plain/,
    );
    expect(stdout).not.toContain('By application');
    expect(filesIn(cwd)).not.toContain('out/claims.html');
    const { expectations } = resultIn(join(cwd, 'out'));
    expect(expectations.map(({ claim, outcome }) => `${claim} ${outcome}`)).toEqual(['H1 held', 'H2 not held']);
    const json = await rehearse(['run', 'echo-run.yaml', '--out', 'out', '--json', '--by-application'], { cwd });
    const printed = JSON.parse(json.stdout) as { comparisons: { application: string | null }[] };
    expect(printed).toMatchObject({ expectations });
    expect(new Set(printed.comparisons.map(({ application }) => application))).toEqual(
      new Set([null, 'search', 'shop']),
    );
  });

  test('of who answers is told as a share; the table of who served whom only with --by-application', async () => {
    const variants = ['fmnist-linear-fp32', 'fmnist-linear-int8'];
    const expected = { claim: 'E2', says: 'It is answered', policy: 'plain' };
    const served = {
      question: 'Who answers?',
      duration: '1 s',
      replications: 2,
      catalogue: { variants },
      fleet: { machines: { 'cpu-2': 1 }, workers: Object.fromEntries(variants.map((variant) => [variant, 1])) },
      workload: {
        arrivals: { process: 'poisson', rate: '100/s' },
        queries: variants.map((variant) => ({ variant, application: `for-${variant.slice(-4)}` })),
      },
      policies: [{ name: 'plain' }],
      expect: [
        { ...expected, application: 'for-fp32', served_by: 'fmnist-linear-fp32' },
        { ...expected, served_by: 'fmnist-linear-fp32' },
      ],
    };
    const cwd = echoFolder({}, { 'served.yaml': JSON.stringify(served) });
    const plain = await rehearse(['run', 'served.yaml', '--out', 'out'], { cwd });
    expect(plain.status).toBe(0);
    expect(plain.stdout).toMatch(/for-fp32 answered by fmnist-linear-fp32: plain = 100 % +100 % +held\n/);
    expect(plain.stdout).toMatch(/ {2}answered by fmnist-linear-fp32: plain = 100 % .* not held\n/);
    expect(plain.stdout).not.toContain('Who served whom');
    const more = await rehearse(['run', 'served.yaml', '--out', 'out', '--by-application'], { cwd });
    expect(more.stdout).toMatch(/Who served whom[^]*\nfor-int8: fmnist-linear-int8 +100 %\n/);
    expect(readFileSync(join(cwd, 'out', 'report.html'), 'utf8')).toContain('<section id="served-by"');
    expect(resultIn(join(cwd, 'out')).expectations).toMatchObject([{ kind: 'served-by', lowestPercent: 100 }, {}]);
  });

  test('of several configs is summed up beside their folders', async () => {
    const cwd = echoFolder(CLAIMED);
    named(cwd, 'more.yaml', { seed: 7, expect: CLAIMED.expect.slice(0, 1) });
    named(cwd, 'plain.yaml', { expect: undefined, replications: 1, duration: '200 ms' });
    const args = ['run', 'echo-run.yaml', 'more.yaml', 'plain.yaml', '--by-application'];
    const { status, stdout } = await rehearse(args, { cwd });
    expect(status).toBe(0);
    expect(stdout).toContain('By application\nVerdicts: paired differences, 97.5 % intervals');
    expect(stdout.match(/report\.html$/gm)).toHaveLength(3);
    expect(stdout).toMatch(
      /\nClaims over 2 experiments: 2 of 3 held, 1 did not\.\n[^]*H1: all 2 held; mean ratio .*; paper 2×\nPairs answer sooner \(echo-run\)\n[^]*\nH2: 0 of 1 held, 1 did not/,
    );
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(join(cwd, 'out', 'claims.html'));
    const claims = JSON.parse(readFileSync(join(cwd, 'out', 'claims.json'), 'utf8')) as object;
    expect(claims).toMatchObject({
      claims: [
        { claim: 'H1', held: 2 },
        { claim: 'H2', notHeld: 1 },
      ],
    });
    expect(readFileSync(join(cwd, 'out', 'claims.html'), 'utf8')).toContain('href="more/report.html"');
    const json = await rehearse([...args, '--json', '--out', 'json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({ experiments: [{}, {}, {}], claims: [{ claim: 'H1' }, {}] });
  });

  test('is told of what was finished when a later run fails', async () => {
    const cwd = echoFolder(CLAIMED, {
      'own.mjs': `export const policy = { name: 'own', families: ['dispatch'], create: () => ({ dispatch: { assign() { throw new RangeError('no luck'); } } }) };`,
    });
    named(cwd, 'own.yaml', { expect: undefined, policies: [{ name: 'own', dispatch: { module: 'own.mjs' } }] });
    const { status, stdout, stderr } = await rehearse(['run', 'echo-run.yaml', 'own.yaml', '--out', 'out'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toContain('RangeError: no luck');
    expect(stdout).toContain('Claims over one experiment');
    expect(filesIn(join(cwd, 'out'))).toEqual(expect.arrayContaining(['claims.html', 'echo-run/report.html']));
  });
});

describe('several configs', () => {
  test('go into folders of their names, and the status is that of the worst', async () => {
    const cwd = echoFolder({ duration: '100 ms' });
    named(cwd, 'bad.yaml', OVERLOADED);
    const { status, stdout } = await rehearse(['run', 'echo-run.yaml', 'bad.yaml', '--out', 'both', '--json'], { cwd });
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      experiments: [
        { name: 'echo-run', verdict: { valid: true }, output: join(cwd, 'both', 'echo-run') },
        { name: 'bad', verdict: { valid: false }, output: join(cwd, 'both', 'bad') },
      ],
    });
    expect(kindsIn(join(cwd, 'both', 'echo-run'))).toEqual(FILES);
    expect(readRows(join(cwd, 'both', 'bad', 'requests.csv')).length).toBeGreaterThan(0);
  });

  test('of one name are refused: one result would replace the other', async () => {
    const cwd = echoFolder({});
    named(cwd, 'more/echo-run.yaml', { catalogue: { files: ['../echo.yaml'], sampling: 'mean' } });
    const { status, stderr } = await rehearse(['run', 'echo-run.yaml', 'more/echo-run.yaml'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toBe(
      `more/echo-run.yaml: its results would replace those of another config; found the name echo-run, which ${cwd}/` +
        'echo-run.yaml has as well; expected a name of its own; write another name: into one of them, or run them one ' +
        'at a time with --out\n',
    );
  });

  test('have all their mistakes told before any of them runs', async () => {
    const cwd = echoFolder({});
    named(cwd, 'one.yaml', { replications: 0 });
    const { status, stderr } = await rehearse(['run', 'echo-run.yaml', 'one.yaml', 'two.yaml'], { cwd });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^one\.yaml:\d+: replications .*\ntwo\.yaml: the config cannot be read; .*\n2 errors\n$/);
    expect(filesIn(cwd)).not.toContain('out/echo-run/result.json');
  });
});
