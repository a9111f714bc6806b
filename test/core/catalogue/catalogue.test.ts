/** The catalogue of a run: what it finds by name, and what it refuses to be made of. */
import { describe, expect, test } from 'vitest';
import { Catalogue, useCaseName } from '../../../core/index.ts';
import { catalogueOf } from '../../fixtures/catalogue.ts';

const three = catalogueOf([{}, {}, {}], [{}]);

describe('a catalogue', () => {
  test('finds variants by name, architecture and use case, ascending', () => {
    expect([three.variantNamed('variant-2'), three.variantNamed('variant-9')]).toEqual([2, -1]);
    expect([three.ofArchitecture('architecture-1'), three.ofArchitecture('none')]).toEqual([[1], []]);
    expect([three.ofUseCase('test-none'), three.ofUseCase('test')]).toEqual([[0, 1, 2], []]);
  });

  test('refuses a name that is defined twice', () => {
    const [first, second] = three.variants;
    const twice = [first, { ...second, name: first.name }];
    expect(() => new Catalogue(twice, three.latency.slice(0, 2), [])).toThrow('variant variant-0 is defined twice');
  });

  test('refuses an index that is not the position, and a variant without a latency model', () => {
    const [, second] = three.variants;
    expect(() => new Catalogue([second], three.latency.slice(0, 1), [])).toThrow(
      'variant variant-1 has index 1, not 0',
    );
    expect(() => new Catalogue(three.variants, [], [])).toThrow('every variant has one latency model');
  });
});

test('a use case has a name on the wire, with its size when it has one', () => {
  expect(useCaseName({ task: 'classification', dataset: 'imagenet' })).toBe('classification-imagenet');
  expect(useCaseName({ task: 'classification', dataset: 'imagenet', size: '224' })).toBe('classification-imagenet-224');
});
