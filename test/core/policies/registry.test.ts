import { describe, expect, test } from 'vitest';
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

  test('describe every option in a sentence and keep its default within its bounds', () => {
    for (const [name, option] of POLICIES[family].flatMap((policy) => Object.entries(policy.options))) {
      expect(option.doc, name).toMatch(/\.$/);
      if ('minimum' in option) expect(option.default, name).toBeGreaterThanOrEqual(option.minimum ?? -Infinity);
      if ('maximum' in option) expect(option.default, name).toBeLessThanOrEqual(option.maximum ?? Infinity);
    }
  });

  test('have a default that is one of them', () => {
    expect(builtInPolicy(family, DEFAULT_POLICIES[family])?.name).toBe(DEFAULT_POLICIES[family]);
  });

  test('are created from their defaults', () => {
    for (const { name } of POLICIES[family]) {
      const options: Record<string, string> = family === 'selection' && name === 'fixed' ? { variant: 'resnet-cpu' } : {};
      expect(policyOf(family, name, emptyWorld(), options), name).toBeTypeOf('object');
    }
  });
});

test('a name that no policy has is answered with undefined', () => {
  expect(builtInPolicy('dispatch', 'jsqq')).toBeUndefined();
});
