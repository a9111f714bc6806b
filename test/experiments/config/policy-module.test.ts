// Users' policy files: how they are loaded, in both languages and in threads, and what is said of each kind of fault.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../../backends/index.ts';
import { loadPolicyModule } from '../../../experiments/config/load-policy-module.ts';
import { errorsOf, folderWith } from './config-files.ts';

const EXAMPLE = join(repositoryRoot(), 'experiments', 'policies', 'least-expected-wait.ts');
const FIRST = 'create: () => ({ dispatch: { assign: () => 0 } })';

/** What is said of a policy file, without its folder. */
async function complaints(name: string, text: string): Promise<string[]> {
  const folder = folderWith({ [name]: text });
  const errors = await errorsOf(loadPolicyModule(join(folder, name)));
  return errors.map(({ message }) => message.replaceAll(`${folder}/`, ''));
}

describe('a policy file', () => {
  test('in TypeScript needs no build and may import the repository by path', async () => {
    const policy = await loadPolicyModule(EXAMPLE);
    expect(policy.name).toBe('least-expected-wait');
    expect(policy.families).toEqual(['dispatch']);
    expect(policy.options['runningShare']).toMatchObject({ kind: 'number', default: 0.5 });
  });

  test.each(['a.ts', 'a.mts', 'a.js', 'a.mjs'])('needs no import at all (%s)', async (name) => {
    const folder = folderWith({ [name]: `export const policy = { name: 'mine', families: ['dispatch'], ${FIRST} };` });
    const policy = await loadPolicyModule(join(folder, name));
    expect(policy).toMatchObject({ name: 'mine', options: {}, source: 'this file' });
  });

  test('may be split over several files', async () => {
    const folder = folderWith({
      'a.ts':
        "import { title } from './title.ts';\nexport const policy = { name: title(), families: ['dispatch'], options: {}, create: () => ({}) };",
      'title.ts': "export const title = (): string => 'split';",
    });
    expect((await loadPolicyModule(join(folder, 'a.ts'))).name).toBe('split');
  });

  test('is loaded in a worker thread as in the main thread', async () => {
    const loader = pathToFileURL(join(repositoryRoot(), 'experiments', 'config', 'load-policy-module.ts')).href;
    // A thread of its own starts without vitest; the loader of the repository's sources comes first.
    const script = `
      const { parentPort } = require('node:worker_threads');
      (async () => {
        const { tsImport } = await import('tsx/esm/api');
        const { loadPolicyModule } = await tsImport(${JSON.stringify(loader)}, ${JSON.stringify(loader)});
        const policy = await loadPolicyModule(${JSON.stringify(EXAMPLE)});
        parentPort.postMessage(policy.name);
      })();`;
    const worker = new Worker(script, { eval: true });
    const name = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await worker.terminate();
    expect(name).toBe('least-expected-wait');
  });
});

describe('a policy file that cannot be used is told', () => {
  test('when it is missing', async () => {
    const folder = folderWith({});
    const [error] = await errorsOf(loadPolicyModule(join(folder, 'a.ts')));
    expect(error.message).toBe(`${folder}/a.ts: the policy file cannot be read; found no such file`);
  });

  test('when it is of another kind', async () => {
    expect(await complaints('a.py', '')).toEqual([
      'a.py: the policy file cannot be read; found ".py"; expected a file that ends in .ts, .mts, .js, .mjs',
    ]);
  });

  test('when TypeScript does not parse, with the line', async () => {
    expect(await complaints('a.ts', 'const a = 1;\nexport const policy = { name: ;\n')).toEqual([
      'a.ts:2: the policy file does not parse: Unexpected ";"',
    ]);
  });

  test('when JavaScript does not parse, with the line', async () => {
    expect(await complaints('a.mjs', 'const a = 1;\nexport const policy = { name: ;\n')).toEqual([
      "a.mjs:2: the policy file does not parse: Unexpected token ';'",
    ]);
  });

  test('when it imports a file that does not parse, with the line of that file', async () => {
    const folder = folderWith({ 'a.ts': "import './b.ts';\nexport const policy = {};", 'b.ts': '\nconst = 1;' });
    const [error] = await errorsOf(loadPolicyModule(join(folder, 'a.ts')));
    expect(error.message).toBe(`${folder}/b.ts:2: the policy file does not parse: Expected identifier but found "="`);
  });

  test('when it imports what is not there', async () => {
    const [message] = await complaints('a.ts', "import './b.ts';\nexport const policy = {};");
    expect(message).toContain('a.ts: the policy file fails while it is loaded; found Error: Cannot find module');
  });

  test('when it throws while it is loaded', async () => {
    expect(await complaints('a.ts', "throw new Error('no luck');")).toEqual([
      'a.ts: the policy file fails while it is loaded; found Error: no luck',
    ]);
  });

  test('when it exports no policy', async () => {
    expect(await complaints('a.ts', 'export const polcy = {};')).toEqual([
      'a.ts: the policy file exports no policy; found exports named polcy; expected an export named policy; ' +
        'write: export const policy = definePolicy({ ... })',
    ]);
  });

  test('with everything that is wrong in its definition', async () => {
    const text = `export const policy = { name: '', families: ['dispach'], sumary: 'x', options: { a: { kind: 'numbr' } } };`;
    expect(await complaints('a.ts', text)).toEqual([
      'a.ts: policy.name cannot be used; found ""; expected a name',
      'a.ts: policy.families[0] cannot be used; found "dispach"; did you mean "dispatch"? expected one of selection, admission, dispatch, ' +
        'batching, placement, model-scaling, machine-scaling',
      'a.ts: policy.options.a.kind cannot be used; found "numbr"; did you mean "number"? expected one of duration, count, number, flag, ' +
        'text, choice',
      'a.ts: policy.create is missing; expected a function',
      'a.ts: unknown key "sumary" in policy; did you mean "summary"? expected one of name, summary, source, families, options, usesSolver, ' +
        'companions, needsInitialWorkers, firstPlan, create',
    ]);
  });

  test('when an option excludes its own default or takes a name that configs need', async () => {
    const options = `{
      share: { kind: 'number', default: 2, maximum: 1, doc: 'A share.' },
      module: { kind: 'flag', default: true, doc: 'A flag.' },
      law: { kind: 'choice', default: 'c', choices: ['a', 'b'], doc: 'A law.' },
    }`;
    const text = `export const policy = { name: 'mine', families: ['dispatch'], options: ${options}, ${FIRST} };`;
    expect(await complaints('a.ts', text)).toEqual([
      'a.ts: policy.options.share cannot be used; found default 2; expected a default from -Infinity to 1',
      'a.ts: policy.options.module cannot be used; found the name module; expected a name other than policy, module, families',
      'a.ts: policy.options.law cannot be used; found default "c"; expected one of a, b',
    ]);
  });
});
