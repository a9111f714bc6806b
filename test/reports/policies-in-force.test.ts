import { expect, test } from 'vitest';
import { policiesInForce } from '../../reports/html/policies-in-force.ts';

const textOf = (config: unknown): string =>
  (policiesInForce({ config })?.text ?? '').replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

test('the policies in force are told for every family, whether chosen alone, as a module or by a file', () => {
  const infaas = { policy: 'infaas', slack_gpu: 5, families: ['selection', 'dispatch', 'placement'] };
  const set = {
    name: 'a <b>',
    admission: { policy: 'all' },
    batching: { policy: 'work-conserving' },
    model_scaling: { module: 'own.ts' },
    modules: [infaas],
  };
  expect(textOf({ policies: [set] })).toContain(' a &lt;b&gt; infaas all infaas work-conserving infaas own.ts ');
});

test.each([undefined, null, {}, { policies: 'plain' }, { policies: ['plain'] }])(
  'without sets in %j, nothing',
  (config) => {
    expect(policiesInForce({ config })).toBeUndefined();
  },
);
