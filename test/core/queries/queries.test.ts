/** The three forms of a query, their precedence, and what is suggested when nothing fits. */
import { describe, expect, test } from 'vitest';
import { NEVER, milliseconds, queryForm, suggest, suggestionText, variantsNamed } from '../../../core/index.ts';
import type { Asked, QueryKind } from '../../../core/index.ts';
import { CPU, DETECTOR, GPU, SMALL, smallCatalogue } from '../policies/fixtures.ts';

const catalogue = smallCatalogue();

function kind(parts: Partial<QueryKind>): QueryKind {
  return { application: 'default', useCase: '', architecture: '', variant: '', ...parts };
}

function asked(parts: Partial<Asked>): Asked {
  const useCase = 'classification-imagenet';
  return { kind: kind({ useCase }), inputs: 1, latencyNs: NEVER, accuracyPercent: 0, ...parts };
}

describe('a query', () => {
  test('is of the narrowest form it names: variant before architecture before use case', () => {
    const all = { useCase: 'detection-imagenet', architecture: 'resnet', variant: 'mobilenet-cpu' };
    expect(queryForm(kind(all))).toBe('variant');
    expect(variantsNamed(catalogue, kind(all))).toEqual([SMALL]);
    expect(queryForm(kind({ ...all, variant: '' }))).toBe('architecture');
    expect(variantsNamed(catalogue, kind({ ...all, variant: '' }))).toEqual([GPU, CPU]);
    expect(variantsNamed(catalogue, kind({ useCase: all.useCase }))).toEqual([DETECTOR]);
    expect(variantsNamed(catalogue, kind({}))).toEqual([GPU, CPU, SMALL, DETECTOR]);
  });

  test.each([{ variant: 'nobody' }, { architecture: 'nobody' }, { useCase: 'nobody' }])(
    'that names %o names no variant',
    (name) => {
      expect(variantsNamed(catalogue, kind(name))).toEqual([]);
    },
  );
});

describe('a suggestion', () => {
  test('is not made where some variant fits, even exactly', () => {
    expect(suggest(catalogue, asked({ latencyNs: milliseconds(5), accuracyPercent: 76 }))).toBeUndefined();
  });

  test('names the most accurate within the latency and the fastest with the accuracy', () => {
    const query = asked({ latencyNs: milliseconds(10), accuracyPercent: 76, inputs: 7 });
    const suggestion = suggest(catalogue, query);
    // Seven inputs take resnet-gpu 11 ms; resnet-cpu 150 ms; mobilenet takes four at most.
    expect(suggestion).toMatchObject({ cause: 'objectives', atAccuracy: { name: 'resnet-gpu' } });
    expect(suggestion?.withinLatency).toBeUndefined();
    expect(suggestion?.closest).toMatchObject({ latencyNs: milliseconds(11), accuracyPercent: 76 });
  });

  test('weighs both shortfalls for the closest', () => {
    const query = asked({ latencyNs: milliseconds(1), accuracyPercent: 80 });
    expect(suggest(catalogue, query)?.closest?.name).toBe('resnet-gpu');
  });

  test('says that the largest batch is too small', () => {
    const query = asked({ kind: kind({ variant: 'yolo-cpu' }), inputs: 3 });
    expect(suggest(catalogue, query)).toEqual({ cause: 'too-many-inputs', inputsMax: 2 });
  });

  test('names what serves in the place of a variant that was replaced', () => {
    const replaced = catalogue.variants.map(({ index }) => index);
    const [cpu, gpu] = ['resnet-cpu', 'resnet-gpu'].map((name) => catalogue.variantNamed(name));
    replaced[gpu] = cpu;
    const query = asked({ latencyNs: milliseconds(1), accuracyPercent: 80 });
    const suggestion = suggest(catalogue, query, replaced);
    expect(JSON.stringify(suggestion)).not.toContain('resnet-gpu');
    expect(suggestion?.closest).toBeDefined();
  });

  test('reads as a sentence', () => {
    const slow = asked({ latencyNs: milliseconds(10), accuracyPercent: 76, inputs: 7 });
    const tell = (query: Asked): string => {
      const suggestion = suggest(catalogue, query);
      return suggestion === undefined ? '' : suggestionText(query, suggestion);
    };
    expect(tell(slow)).toBe(
      'closest for use case classification-imagenet: at the accuracy, resnet-gpu with 76 % in 11 ms',
    );
    expect(tell(asked({ kind: kind({ architecture: 'nobody' }) }))).toBe(
      'no variant is listed for architecture nobody',
    );
    expect(tell(asked({ inputs: 33 }))).toBe('the largest batch for use case classification-imagenet takes 32 inputs');
    expect(tell(asked({ latencyNs: milliseconds(5), accuracyPercent: 99 }))).toBe(
      'closest for use case classification-imagenet: within the latency, resnet-gpu with 76 % in 5 ms',
    );
  });

  test('names a variant that would do if some machine could hold it', () => {
    const query = asked({ latencyNs: milliseconds(10), accuracyPercent: 76 });
    expect(suggest(catalogue, query, undefined, [CPU])).toBeUndefined();
    const suggestion = suggest(catalogue, query, undefined, [GPU]);
    expect(suggestion).toMatchObject({ cause: 'objectives', homeless: { name: 'resnet-gpu' } });
    expect(suggestion && suggestionText(query, suggestion)).toMatch(
      /^resnet-gpu would do, but no machine type of the fleet can hold it; closest for use case classification-imagenet: /,
    );
  });

  test('says so where no machine holds any variant of the name', () => {
    const told = (latencyNs: number): string => {
      const query = asked({ kind: kind({ architecture: 'resnet' }), latencyNs });
      const suggestion = suggest(catalogue, query, undefined, [GPU, CPU]);
      return suggestion === undefined ? '' : suggestionText(query, suggestion);
    };
    expect(told(milliseconds(10))).toBe('resnet-gpu would do, but no machine type of the fleet can hold it');
    expect(told(1)).toBe('no machine type of the fleet can hold a variant for architecture resnet');
  });
});
