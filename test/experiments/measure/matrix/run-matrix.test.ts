// A matrix that does not get to its end: what fails is told and the rest goes on, what is interrupted is kept.
import { expect, test } from 'vitest';
import { DEFAULT_BAR, cellsOfMatrix, fidelityOf, loadMatrix, runMatrix } from '../../../../experiments/index.ts';
import { ENVIRONMENT } from '../fidelity/pairs.ts';
import type { ExperimentConfig } from '../../../../experiments/config/experiment-config.ts';
import { SCENARIO, matrixFile } from './matrix-files.ts';

function withoutModels(config: ExperimentConfig): ExperimentConfig {
  const [{ scenario, ...point }] = config.points;
  const variants = scenario.variants.map(({ artifact: _artifact, ...variant }) => variant);
  return { ...config, points: [{ ...point, scenario: { ...scenario, variants } }] };
}

test('a scenario that fails is told, the others and the other rounds are tried, and its cells cannot be judged', async () => {
  const { scenarios, ...config } = await loadMatrix(
    matrixFile({ rounds: 2, scenarios: ['tiny.yaml', 'other.yaml'] }, { 'other.yaml': { ...SCENARIO, name: 'other' } }),
  );
  const matrix = { ...config, scenarios: scenarios.map(withoutModels) };
  const record = await runMatrix(matrix);
  expect(record).toMatchObject({ complete: false, pairs: [] });
  const why = 'variant fmnist-linear-fp32 of';
  expect(record.failures).toEqual([
    expect.stringContaining(`tiny, round 1: ${why} tiny has no model file`),
    expect.stringContaining(`other, round 1: ${why} other has no model file`),
    expect.stringContaining(`tiny, round 2: ${why} tiny`),
    expect.stringContaining(`other, round 2: ${why} other`),
  ]);
  const { cells, summary } = fidelityOf(cellsOfMatrix(matrix, record), {
    bar: DEFAULT_BAR,
    confidence: 0.95,
    name: 'a',
    environment: ENVIRONMENT,
    command: 'npx rehearse',
    notes: [],
  });
  expect(cells.map(({ group, pairs }) => [group, pairs])).toEqual([
    ['tiny', 0],
    ['other', 0],
  ]);
  expect(summary.verdict).toBe('undecided');
});

test.each(['profile', 'capacity'])('interrupted during its %s, it ends with what it has', async (during) => {
  const config = await loadMatrix(matrixFile());
  const interrupt = new AbortController();
  const record = await runMatrix(config, {
    signal: interrupt.signal,
    onProgress: ({ label }) => {
      if (label.includes(during)) setTimeout(() => interrupt.abort(), 30);
    },
  });
  expect(record).toMatchObject({ complete: false, failures: [], pairs: [] });
});
