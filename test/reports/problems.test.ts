import { describe, expect, test } from 'vitest';
import { notesOf, problemsOf } from '../../reports/problems.ts';
import { experimentResult } from './fixture.ts';

describe('problems', () => {
  test('a valid result has none', () => {
    expect(problemsOf(experimentResult())).toEqual([]);
    expect(notesOf(experimentResult())).toEqual([]);
  });

  test('a problem of several cells is said once, with all their labels', () => {
    const found = problemsOf(experimentResult({ invalid: [0, 2] }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ code: 'RUN_SATURATED', cells: ['none', 'infaas'] });
    expect(notesOf(experimentResult({ invalid: [0, 2] }))[0].cells).toEqual(['none', 'infaas']);
  });

  test('the experiment repeats the problems of its cells, and only what it adds is told again', () => {
    const result = experimentResult({ invalid: [1] });
    const repeated = { ...result.cells[1].verdict.problems[0] };
    const added = { code: 'RUN_INCOMPLETE', message: 'the experiment was interrupted', advice: 'run it again' };
    const problems = [{ ...repeated, message: `clipper-aimd: ${repeated.message}` }, added];
    const found = problemsOf({ ...result, verdict: { valid: false, problems, notes: [] } });
    expect(found.map(({ code, cells }) => [code, cells])).toEqual([
      ['RUN_SATURATED', ['clipper-aimd']],
      ['RUN_INCOMPLETE', []],
    ]);
  });

  test('a replication speaks when its cell is silent', () => {
    const result = experimentResult({ policies: ['none'], replications: 2 });
    const problem = { code: 'RUN_STUCK', message: 'stuck', advice: 'unstick it' };
    const verdict = { valid: false, problems: [problem], notes: [] };
    const [cell] = result.cells;
    const replications = cell.replications.map((run) => ({ ...run, verdict }));
    expect(problemsOf({ ...result, cells: [{ ...cell, replications }] })).toEqual([{ ...problem, cells: ['none'] }]);
  });
});
