import { describe, expect, test } from 'vitest';
import type { CellResult, ExperimentResult } from '../../core/index.ts';
import {
  baselineOf,
  gridPoints,
  isBaseline,
  isProvenBest,
  parameterName,
  parametersInWords,
} from '../../reports/grid.ts';
import { sweepOf } from '../../reports/sweep.ts';
import { experimentResult } from './fixture.ts';

const withParameters = (all: readonly CellResult['parameters'][]): CellResult[] => {
  const { cells } = experimentResult({ policies: ['none'], replications: 1 });
  return all.map((parameters, cell) => ({ ...cells[0], cell, parameters }));
};

const withVerdicts = (verdicts: readonly ('better' | 'worse' | 'inconclusive')[]): ExperimentResult => {
  const result = experimentResult();
  const [template] = result.comparisons;
  const comparisons = verdicts.map((verdict, index) => ({ ...template, baseline: 0, candidate: index + 1, verdict }));
  return { ...result, comparisons };
};

const bestOf = (result: ExperimentResult): string[] =>
  result.cells.filter((cell) => isProvenBest(result, cell, 'attainment_percent')).map(({ policy }) => policy);

describe('the grid', () => {
  test('cells with equal parameters share a grid point', () => {
    const points = gridPoints(experimentResult({ rates: [100, 200] }).cells);
    expect(points.map(({ label, values, cells }) => [label, values, cells.length])).toEqual([
      ['rate = 100', '100', 3],
      ['rate = 200', '200', 3],
    ]);
  });

  test('a parameter is named by the end of its path unless two end alike', () => {
    expect(parametersInWords({ 'workload.rate': '500/s', 'batching.max': 8 })).toBe('rate = 500/s, batching.max = 8');
    expect(parameterName('a.rate', ['a.rate', 'b.rate'])).toBe('a.rate');
    expect(parametersInWords({ 'fleet.machines.p3.2xlarge': 1 })).toBe('p3.2xlarge = 1');
  });

  test('the baseline is the cell that others are compared with', () => {
    const result = experimentResult({ rates: [100, 200] });
    expect(result.cells.filter((cell) => isBaseline(result, cell)).map(({ cell }) => cell)).toEqual([0, 3]);
    expect(baselineOf(result, result.cells[4])).toBe(result.cells[3]);
  });
});

describe('the best cell', () => {
  test('a candidate is best when it is better and its rivals are worse', () => {
    expect(bestOf(withVerdicts(['worse', 'better']))).toEqual(['infaas']);
  });

  test('the baseline is best when every candidate is worse', () => {
    expect(bestOf(withVerdicts(['worse', 'worse']))).toEqual(['none']);
  });

  test('two candidates that are both better stay unranked', () => {
    expect(bestOf(withVerdicts(['better', 'better']))).toEqual([]);
  });

  test('an inconclusive rival keeps everyone from being best', () => {
    expect(bestOf(withVerdicts(['inconclusive', 'better']))).toEqual([]);
  });

  test('an invalid cell and a cell without rivals are never best', () => {
    const result = withVerdicts(['worse', 'better']);
    const invalid = { valid: false, problems: [], notes: [] };
    const cells = result.cells.map((cell) => (cell.cell === 2 ? { ...cell, verdict: invalid } : cell));
    expect(bestOf({ ...result, cells })).toEqual([]);
    expect(bestOf(experimentResult({ policies: ['none'] }))).toEqual([]);
  });
});

describe('the sweep', () => {
  test('the axis is the parameter with the most numbers', () => {
    const cells = withParameters([
      { depth: 1, rate: 10 },
      { depth: 2, rate: 20 },
      { depth: 1, rate: 30 },
    ]);
    expect(sweepOf(cells)?.parameter).toBe('rate');
  });

  test.each([
    [['500/s', '30/min'], 'rate, per s', [500, 0.5]],
    [['5 ms', '1 s'], 'rate, ms', [5, 1000]],
    [['1 MB', '2 GB'], 'rate, MB', [1, 2000]],
    [['10 %', '20 %'], 'rate, %', [10, 20]],
  ])('quantities %j are read into one unit', (values, axisTitle, numbers) => {
    const cells = withParameters(values.map((value) => ({ 'workload.rate': value })));
    const sweep = sweepOf(cells);
    expect(sweep?.axisTitle).toBe(axisTitle);
    expect(cells.map((cell) => sweep?.at(cell))).toEqual(numbers);
  });

  test('names, mixed kinds and a single value are no sweep', () => {
    expect(sweepOf(withParameters([{ trace: 'a' }, { trace: 'b' }]))).toBeNull();
    expect(sweepOf(withParameters([{ limit: 5 }, { limit: '5 ms' }]))).toBeNull();
    expect(sweepOf(withParameters([{ rate: 5 }, { rate: 5 }]))).toBeNull();
    expect(sweepOf(withParameters([{ rate: 5 }, {}]))).toBeNull();
  });
});
