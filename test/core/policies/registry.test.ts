import { describe, expect, test } from 'vitest';
import type { Option } from '../../../core/index.ts';
import { DEFAULT_POLICIES, FAMILIES, POLICIES, builtInPolicy } from '../../../core/index.ts';
import { emptyWorld, policyOf } from './fixtures.ts';

describe.each(FAMILIES)('the %s policies', (family) => {
  test('have names of their own', () => {
    const names = POLICIES[family].map((policy) => policy.name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('say what they do, where the rule comes from, and that they serve the family', () => {
    for (const policy of POLICIES[family]) {
      expect(policy.summary).toMatch(/\.$/);
      expect(policy.source.length).toBeGreaterThan(5);
      expect(policy.families).toContain(family);
    }
  });

  test('describe every option in a sentence', () => {
    const options = POLICIES[family].flatMap((policy) => Object.values(policy.options));
    expect(options.filter(({ doc }) => !doc.endsWith('.'))).toEqual([]);
  });

  test('keep every default within its own bounds', () => {
    const isOutside = (option: Option): boolean =>
      (option.kind === 'choice' && !option.choices.includes(option.default)) ||
      ('minimum' in option && option.default < (option.minimum ?? -Infinity)) ||
      ('maximum' in option && option.default > (option.maximum ?? Infinity));
    const options = POLICIES[family].flatMap((policy) => Object.values(policy.options));
    expect(options.filter(isOutside)).toEqual([]);
  });

  test('have a default that is one of them', () => {
    expect(builtInPolicy(family, DEFAULT_POLICIES[family])?.name).toBe(DEFAULT_POLICIES[family]);
  });

  test('are created from their defaults', () => {
    for (const { name } of POLICIES[family]) {
      const options: Record<string, string> =
        family === 'selection' && name === 'fixed' ? { variant: 'resnet-cpu' } : {};
      expect(policyOf(family, name, emptyWorld(), options)).toBeTypeOf('object');
    }
  });
});

test('companions are policies of families that the policy does not serve', () => {
  for (const { families, companions = {} } of FAMILIES.flatMap((family) => POLICIES[family])) {
    for (const family of FAMILIES) {
      const companion = companions[family];
      if (companion === undefined) continue;
      expect(families).not.toContain(family);
      expect(builtInPolicy(family, companion)?.name).toBe(companion);
    }
  }
});

test('those that plan or select variants themselves select anew what a worker gave back, and no others', () => {
  const names = POLICIES.dispatch.flatMap(({ name }) =>
    policyOf('dispatch', name, emptyWorld()).reselects === true ? [name] : [],
  );
  expect(names.toSorted()).toEqual(['alpaserve', 'infaas', 'infaas-paper', 'proteus', 'sm-plus']);
});

test('a name that no policy has is answered with undefined', () => {
  expect(builtInPolicy('dispatch', 'jsqq')).toBeUndefined();
});
