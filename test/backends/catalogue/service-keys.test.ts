import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bundledCatalogue, loadCatalogueFiles } from '../../../backends/index.ts';
import type { VariantDefinition } from '../../../backends/index.ts';
import { VARIANT, folderWith } from './catalogue-texts.ts';

/** The sound variant with more lines before its profile. */
function variantWith(lines: string): VariantDefinition {
  const folder = folderWith({ 'a.yaml': VARIANT.replace('    profile:', `${lines}\n    profile:`) });
  return loadCatalogueFiles([join(folder, 'a.yaml')]).variants[0];
}

describe('what a service needs of a variant', () => {
  test('a handler and labels are read, and left out where there are none', () => {
    expect(variantWith('    handler: image-classifier\n    labels: [zero, one, "2"]')).toMatchObject({
      handler: 'image-classifier',
      labels: ['zero', 'one', '2'],
    });
    expect(variantWith('')).not.toHaveProperty('handler');
    expect(variantWith('')).not.toHaveProperty('labels');
  });

  test('tensors have any type of the engines, and extents that a request chooses', () => {
    const { inputs } = variantWith(
      '    inputs: [{ name: a, type: string, shape: [null, -1] }, { name: b, type: bool, shape: [] }]',
    );
    expect(inputs).toEqual([
      { name: 'a', type: 'string', shape: [null, -1] },
      { name: 'b', type: 'bool', shape: [] },
    ]);
  });

  test.each([
    ['    labels: [1]', 'expected a text'],
    ['    labels: one', 'expected a list of class names, by index of the output'],
    ['    handler: a b', 'expected a name of letters, digits'],
    ['    inputs: [{ name: a, type: float8, shape: [1] }]', 'expected one of bool, uint8, uint16'],
    [
      '    inputs: [{ name: a, type: bool, shape: [0] }]',
      'expected a side of at least 1, -1 where each request chooses it',
    ],
    [
      '    inputs: [{ name: a, type: bool, shape: [-2] }]',
      'expected a side of at least 1, -1 where each request chooses it',
    ],
    [
      '    inputs: [{ name: a, type: bool, shape: [1.5] }]',
      'expected a side of at least 1, -1 where each request chooses it',
    ],
  ])('%s is refused', (lines, message) => {
    expect(() => variantWith(lines)).toThrow(message);
  });

  test('the bundled Fashion-MNIST variants have a handler and the ten labels', () => {
    const variants = bundledCatalogue().variants.filter(({ useCase }) => useCase.dataset === 'fashion-mnist');
    expect(variants).toHaveLength(18);
    for (const { handler, labels } of variants) {
      expect(handler).toBe('fashion-mnist');
      expect(labels).toHaveLength(10);
      expect(labels?.[9]).toBe('Ankle boot');
    }
  });
});
