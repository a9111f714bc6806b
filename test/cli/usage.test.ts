// What the command says of itself and of wrong usage: help with examples, one message, the right exit status.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../backends/index.ts';
import { FAMILIES, MODULE_POLICIES, POLICIES } from '../../core/index.ts';
import { folderWith } from '../experiments/config/config-files.ts';
import { rehearse } from './command.ts';
import { inProcess } from './in-process.ts';

const COMMANDS = [
  [],
  ['run'],
  ['replay'],
  ['report'],
  ['fidelity'],
  ['load'],
  ['trace'],
  ['trace', 'info'],
  ['trace', 'generate'],
  ['trace', 'convert'],
  ['policies'],
  ['catalogue'],
  ['schema'],
  ['serve'],
  ['status'],
  ['stop'],
  ['query'],
  ['query', 'online'],
  ['scale'],
  ['model'],
  ['model', 'register'],
  ['model', 'unregister'],
  ['model', 'default'],
  ['model', 'list'],
  ['model', 'archs'],
  ['model', 'info'],
  ['keys'],
  ['keys', 'create'],
  ['keys', 'list'],
  ['keys', 'revoke'],
];

/** The key of a family in a config. */
const keyOf = (family: string): string => family.replaceAll('-', '_');

describe('help', () => {
  test.each(COMMANDS.map((words) => [words.join(' '), words] as const))(
    'of “%s” has an example',
    async (name, words) => {
      const { status, stdout, stderr } = await rehearse([...words, '--help']);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: rehearse ${name}`));
      const example = new RegExp(`^ {2}\\$ rehearse ${name}.*$`, 'm').exec(stdout)?.[0] ?? '';
      expect(example).not.toBe('');
      const config = /experiments\/\S+\.yaml/.exec(example)?.[0];
      expect(config === undefined || existsSync(join(repositoryRoot(), config))).toBe(true);
    },
  );

  test('of the whole names every command', async () => {
    const { stdout } = await rehearse(['help']);
    for (const [name] of COMMANDS.slice(1)) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  });

  test('without a command goes to stderr, for nothing was done', async () => {
    const { status, stdout, stderr } = await rehearse([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: rehearse/);
  });
});

test('the version is that of the package', async () => {
  const manifest = JSON.parse(readFileSync(join(repositoryRoot(), 'package.json'), 'utf8')) as { version: string };
  expect(await rehearse(['--version'])).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('wrong usage is the exit status of the process', async () => {
  const { status, stdout, stderr } = await rehearse(['run', 'a.yaml', '--jbos', '2']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toBe(
    "error: unknown option '--jbos'\n(Did you mean --jobs?)\n(add --help for the options and an example)\n",
  );
});

describe('wrong usage ends with 2, one message and nothing on stdout:', () => {
  test.each([
    [['rnu'], "unknown command 'rnu'\n(Did you mean run?)"],
    [['trace', 'nfo'], "unknown command 'nfo'\n(Did you mean info?)"],
    [['run'], "missing required argument 'file'"],
    [['run', 'a.yaml', '--jbos', '2'], "unknown option '--jbos'\n(Did you mean --jobs?)"],
    [
      ['run', 'a.yaml', '--jobs', '0'],
      "option '--jobs <count>' argument '0' is invalid. found 0; expected 1, 2, 3 ...",
    ],
    [['run', 'a.yaml', '--replications', '1.5'], "argument '1.5' is invalid. found 1.5; expected 1, 2, 3 ..."],
    [['run', 'a.yaml', '--seed'], "option '--seed <seed>' argument missing"],
    [['run', 'a.yaml', 'b.yaml', '--timeline', 't.json'], '--timeline takes a single config'],
    [['replay', 'a.csv'], "required option '--with <file>' not specified"],
    [['trace', 'info', 'a.csv', '--limit', '1.5'], 'found 1.5; expected 1, 2, 3 ...'],
    [['trace', 'info', 'a.csv', '--from', '5'], 'found 5; expected a duration with its unit'],
    [['trace', 'info', 'a.csv', '--rate-scale', '-1'], 'found -1; expected a number above 0'],
    [['trace', 'info', 'a.csv', '--format', 'xml'], 'Allowed choices are auto, rehearse'],
    [['trace', 'info', 'a.csv', '--columns', 'time'], 'expected name=column pairs such as time=ts,timeUnit=ms'],
    [['policies', 'none', 'extra'], "too many arguments for 'policies'"],
    [['policies', '--family', 'admision'], "argument 'admision' is invalid. Allowed choices are selection, admission"],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await inProcess(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('(add --help for the options and an example)');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('files that are not there, or are not what they should be, end with 2 and one line:', () => {
  test.each([
    [['run', 'none.yaml'], 'none.yaml: the config cannot be read; found no such file; expected a YAML file\n'],
    [['run', '.'], 'the config cannot be read; found a folder; expected a YAML file\n'],
    [['replay', 'none.csv', '--with', 'none.yaml'], 'none.yaml: the config cannot be read; found no such file'],
    [['report', 'none'], 'none/result.json: there is no result here; name the output folder of `rehearse run`\n'],
    [['report', 'odd'], 'odd/result.json: this is not a result of Rehearse; found an object with a; expected'],
    [['trace', 'info', 'none.csv'], 'none.csv: there is no such file; check the path'],
    [['trace', 'info', 'text.txt'], 'text.txt:1: the format of this trace is not known; found "hello"'],
  ])('%j', async (args, message) => {
    const folder = folderWith({ 'text.txt': 'hello\n', 'odd/result.json': '{"a":1}' });
    const paths = args.map((word, at) => (at === 0 || /^(-|info$)/.test(word) ? word : join(folder, word)));
    const { status, stdout, stderr } = await inProcess(paths);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('what there is to choose from', () => {
  test('is listed for people, families as a config spells them', async () => {
    const { status, stdout } = await rehearse(['policies']);
    expect(status).toBe(0);
    for (const family of FAMILIES) expect(stdout).toMatch(new RegExp(`^${keyOf(family)}$`, 'm'));
    expect(stdout).toMatch(/^ {2}fixed: .*TorchServe/m);
    expect(stdout).not.toContain('max_batch = 8');
  });

  test('is listed a line each: a policy of several families once, with what it serves', async () => {
    const { stdout } = await inProcess(['policies']);
    const [single, modules] = stdout.split(/^modules: /m);
    for (const { name, families } of MODULE_POLICIES) {
      expect(single).not.toMatch(new RegExp(`^ {2}${name}:`, 'm'));
      expect(modules).toMatch(new RegExp(`^ {2}${name}: .*\\n {6}serves ${families.map(keyOf).join(', ')}$`, 'm'));
    }
    expect(stdout.split('\n').length).toBeLessThan(80);
  });

  test('is told in full of one policy, with what it brings under modules', async () => {
    const { status, stdout } = await inProcess(['policies', 'clipper-plus']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^clipper-plus\n/);
    expect(stdout).toContain('serves  selection, dispatch, model_scaling, machine_scaling\n');
    expect(stdout).toContain('brings  batching: work-conserving, placement: spread ');
    expect(stdout).toContain('needs   workers at the start');
    expect((await inProcess(['policies', 'fixed', '--family', 'batching'])).stdout).toMatch(/^ {4}max_batch = 8: /m);
    expect((await inProcess(['policies', '--family', 'batching'])).stdout).toMatch(/^aimd\n[^]*^nexus\n/m);
  });

  test('does not have every name', async () => {
    const wrong = await inProcess(['policies', 'infas']);
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toMatch(
      /^there is no policy "infas"; did you mean "infaas"\? expected one of infaas, .* more /,
    );
    const elsewhere = await inProcess(['policies', 'hpa', '--family', 'batching']);
    expect(elsewhere.stderr).toMatch(/^there is no batching policy "hpa"; expected one of /);
  });

  test('is printed as one object, with one default in each family', async () => {
    const { status, stdout, stderr } = await rehearse(['policies', '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // What is printed is checked below.
    const listed = JSON.parse(stdout) as Record<string, { name: string; default: boolean; options: object }[]>;
    expect(Object.keys(listed)).toEqual(FAMILIES.map(keyOf));
    for (const family of FAMILIES) {
      expect(listed[keyOf(family)].map(({ name }) => name)).toEqual(POLICIES[family].map(({ name }) => name));
      expect(listed[keyOf(family)].filter((policy) => policy.default)).toHaveLength(1);
    }
    expect(listed['batching'].find(({ name }) => name === 'fixed')?.options).toMatchObject({
      max_batch: { kind: 'count', default: 8 },
      max_delay: { kind: 'duration', default: '100 ms' },
    });
  });

  test('in a config is a JSON Schema', async () => {
    const { status, stdout, stderr } = await rehearse(['schema']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', required: expect.arrayContaining(['question']) });
  });
});
