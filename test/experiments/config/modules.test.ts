// Entries of `modules`: what a policy of several families brings for the others, and what is said of other names.
import { describe, expect, test } from 'vitest';
import { FAMILIES } from '../../../core/index.ts';
import { SOUND, load, mistakes } from './config-files.ts';

const modules = (entries: string, more = ''): string => `${SOUND}    modules: [${entries}]\n${more}`;

/** The policies of the first set by family. */
async function inForce(text: string, files = {}): Promise<Record<string, string>> {
  const [{ families }] = (await load(text, files)).policies;
  return Object.fromEntries(FAMILIES.map((family) => [family, families[family].policy]));
}

describe('what a module presumes of other families', () => {
  test('is chosen where nothing else is', async () => {
    expect(await inForce(modules('{ policy: clipper-plus }'))).toMatchObject({
      batching: 'work-conserving',
      placement: 'spread',
      admission: 'all',
    });
    expect(await inForce(modules('{ policy: proteus }'))).toMatchObject({ admission: 'deadline' });
  });

  test('gives way to the set and to the defaults of all sets', async () => {
    const own = await inForce(modules('{ policy: clipper-plus }', '    batching: none\n'));
    expect(own).toMatchObject({ batching: 'none', placement: 'spread' });
    const shared = await inForce(modules('{ policy: clipper-plus }', 'policy_defaults: { placement: best-fit }\n'));
    expect(shared).toMatchObject({ batching: 'work-conserving', placement: 'best-fit' });
  });

  test('holds for modules only, not for the same policy under one family', async () => {
    expect(await inForce(`${SOUND}    selection: infaas\n`)).toMatchObject({ batching: 'none' });
  });

  test('is that of the first module where two presume different things', async () => {
    const mine = (name: string): string =>
      `export const policy = { name: '${name}', families: ['selection', 'admission'], companions: { batching: '${name}' },
        options: {}, create: () => ({ selection: { select: () => 0 }, admission: { admit: () => 0 } }) };`;
    const text = modules('{ module: a.js, families: [selection] }, { module: b.js, families: [admission] }');
    expect(await inForce(text, { 'a.js': mine('aimd'), 'b.js': mine('fixed') })).toMatchObject({ batching: 'aimd' });
  });

  test('is nothing where the set chooses another policy for all that a default module serves', async () => {
    const rest = ['selection: cheapest', 'dispatch: random', 'model_scaling: none', 'machine_scaling: none'];
    const text = `${SOUND}${rest.map((line) => `    ${line}\n`).join('')}policy_defaults: { modules: [{ policy: clipper-plus }] }\n`;
    expect(await inForce(text)).toMatchObject({ batching: 'none', placement: 'first-fit' });
  });

  test('is in the resolved config, which is a config of the same sets', async () => {
    const { resolved } = await load(modules('{ policy: clipper-plus }'));
    expect(resolved).toMatchObject({ policies: [{ batching: { policy: 'work-conserving' } }] });
  });
});

describe('an entry that names no module', () => {
  test.each([
    [
      '{ policy: infas }',
      'policies[0].modules[0].policy names no module; found "infas"; did you mean "infaas"? expected one of clipper-plus,',
    ],
    ['{ policy: hpa }', 'policies[0].modules[0].policy hpa serves only model_scaling; write model_scaling: hpa'],
    ['{ policy: hpa, max: 4 }', 'hpa serves only model_scaling; write model_scaling: { policy: hpa, ... }'],
    ['{ policy: aimd }', 'aimd serves only batching; write batching: aimd'],
    ['{ policy: none }', 'none serves one family at a time; write batching: none or model_scaling: none or'],
    ['{}', 'policies[0].modules[0].policy is missing; expected the name of a policy, or module and the path'],
    ['{ policy: 3 }', 'policies[0].modules[0].policy cannot be used; found 3; expected the name of a policy'],
    [
      '{ policy: torchserve, families: [batching] }',
      'names no batching policy; found torchserve, which serves selection, dispatch, model_scaling; expected one of',
    ],
    [
      '{ policy: infaas }, { policy: sm-plus }',
      'policies[0].modules[1] serves nothing that is not chosen elsewhere; found sm-plus for selection, dispatch,',
    ],
  ])('%s is told once, with what to write', async (entry, message) => {
    const told = await mistakes(modules(entry));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(message);
  });

  test('for its file is missing is told once', async () => {
    expect(await mistakes(modules('{ module: nothing.ts }'))).toEqual([
      'a.yaml:14: policies[0].modules[0].module: nothing.ts: the policy file cannot be read; found no such file',
    ]);
  });

  test('and a map instead of the list are told what is wanted', async () => {
    expect(await mistakes(`${SOUND}    modules: { policy: infaas }\n`)).toEqual([
      'a.yaml:14: policies[0].modules cannot be used; found {"policy":"infaas"}; expected a list of modules, such as ' +
        '[{ policy: infaas }]',
    ]);
  });
});

describe('a selection that knows only what is loaded at the start', () => {
  const COLD = SOUND.replace('  workers: { fmnist-linear-fp32: 1 }\n', '');

  test.each([
    ['    modules: [{ policy: clipper-plus }]\n', 'a.yaml:13: policies[0].modules[0] chooses clipper-plus'],
    ['    selection: preloaded\n', 'a.yaml:13: policies[0].selection chooses preloaded'],
    ['policy_defaults: { modules: [{ policy: sm-plus }] }\n', 'a.yaml:13: policy_defaults.modules[0] chooses sm-plus'],
  ])('is refused without workers: %s', async (lines, begin) => {
    expect(await mistakes(`${COLD}${lines}`)).toEqual([
      `${begin}, which serves only what fleet.workers starts; found no workers at the start; start some, or choose ` +
        'another selection',
    ]);
  });

  test('is taken with the workers of its own set, and where only its dispatch is chosen', async () => {
    const fleet = '    fleet: { workers: { fmnist-linear-fp32: 1 } }\n';
    expect(await mistakes(`${COLD}    selection: preloaded\n${fleet}`)).toEqual([]);
    expect(await mistakes(`${COLD}    modules: [{ policy: clipper-plus, families: [dispatch] }]\n`)).toEqual([]);
  });
});

describe('the companions of a user’s policy', () => {
  const mine = (companions: string): string =>
    `export const policy = { name: 'mine', families: ['dispatch'], companions: ${companions}, options: {}, create() {} };`;
  const told = (companions: string): Promise<string[]> =>
    mistakes(modules('{ module: mine.js }'), { 'mine.js': mine(companions) });

  test('are built-in policies of families that it does not serve', async () => {
    expect(await told("{ batching: 'work-conservng' }")).toEqual([
      expect.stringContaining(
        'policy.companions.batching cannot be used; found "work-conservng"; did you mean "work-c',
      ),
    ]);
    expect(await told("{ batchng: 'none' }")).toEqual([expect.stringContaining('unknown key "batchng"')]);
    expect(await told("{ dispatch: 'random' }")).toEqual([
      expect.stringContaining(
        'policy.companions.dispatch cannot be used; found a companion for dispatch, which the policy serves itself',
      ),
    ]);
  });
});
