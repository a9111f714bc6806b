/**
 * Goldens: what tiny runs did when they were last looked at. A difference is a change of behaviour; the text says
 * which. After checking that it was meant: `npx vitest run test/golden --update`, and a sentence in the commit.
 */
import { describe, expect, test } from 'vitest';
import { SCENARIOS } from './scenarios.ts';
import { transcriptOf } from './transcript.ts';

describe('goldens', () => {
  test.each(Object.keys(SCENARIOS))('%s runs as it did', async (name) => {
    await expect(transcriptOf(SCENARIOS[name])).toMatchFileSnapshot(`./expected/${name}.txt`);
  });

  test('every scenario shows what it is about: no two have the same digest', () => {
    const digests = Object.values(SCENARIOS).map((scenario) => /digest (\w+)/.exec(transcriptOf(scenario))?.[1]);
    expect(new Set(digests).size).toBe(digests.length);
  });
});
