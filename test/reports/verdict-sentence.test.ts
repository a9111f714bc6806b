import { describe, expect, test } from 'vitest';
import type { ComparisonResult } from '../../core/index.ts';
import { basisInWords, comparisonInWords, leadingMetric } from '../../reports/claims.ts';
import { verdictSentence } from '../../reports/verdict-sentence.ts';
import { experimentResult, interval } from './fixture.ts';

const comparison = (mean: number, halfWidth: number, verdict: ComparisonResult['verdict']): ComparisonResult => ({
  metric: 'attainment_percent',
  application: null,
  baseline: 0,
  candidate: 1,
  difference: { ...interval([mean]), mean, halfWidth, low: mean - halfWidth, high: mean + halfWidth },
  ratio: null,
  verdict,
});

describe('the verdict sentence', () => {
  test('a single cell is told by its attainment and its tail latency', () => {
    expect(verdictSentence(experimentResult({ policies: ['none'], replications: 1 }))).toMatch(
      /^SLA attainment under none is 90\.\d+ %, at a p99 latency of 10\d\.\d ms\.$/,
    );
  });

  test('policies are told against the baseline with both intervals', () => {
    expect(verdictSentence(experimentResult({ policies: ['none', 'aimd'] }))).toMatch(
      /^Against none, SLA attainment is better under aimd \(9\d\.\d+ % \[\d.*\], \d\.\d+ points more than none \[.*\]\)\.$/,
    );
  });

  test('a sweep is told by how many grid points agree', () => {
    const sentence = verdictSentence(experimentResult({ policies: ['none', 'aimd'], rates: [200, 400, 600] }));
    expect(sentence).toMatch(/better under aimd at all 3 grid points \(at rate = 600: /);
  });

  test('many policies are told by name', () => {
    const policies = ['none', 'a', 'b', 'c', 'd', 'e'];
    expect(verdictSentence(experimentResult({ policies }))).toBe(
      'Against none, SLA attainment is better under a, b, c, d and e.',
    );
  });

  test('invalid cells take no part in the answer, and are announced first', () => {
    const sentence = verdictSentence(experimentResult({ invalid: [2] }));
    expect(sentence).toMatch(/^Invalid in part: 1 of 3 cells cannot be trusted/);
    expect(sentence).not.toContain('infaas');
  });

  test('nothing is concluded when no cell is valid or nothing was measured', () => {
    expect(verdictSentence(experimentResult({ invalid: [0, 1, 2] }))).toBe(
      'Invalid: no cell can be trusted, so no conclusion is drawn.',
    );
    expect(verdictSentence({ ...experimentResult({ complete: false }), cells: [], comparisons: [] })).toBe(
      'Interrupted: only 0 cells finished. Nothing was measured.',
    );
  });

  test('an interrupted experiment says so before its answer', () => {
    expect(verdictSentence(experimentResult({ complete: false }))).toMatch(
      /^Interrupted: only 3 cells finished\. Against /,
    );
  });

  test('cells that nobody compared are told by their range', () => {
    expect(verdictSentence(experimentResult({ replications: 1 }))).toMatch(
      /^SLA attainment ranges from 90\.\d+ % \(none\) to 96\.\d+ % \(infaas\); no paired comparison was made\.$/,
    );
  });

  test('a service that answered nothing is told by its attainment of zero', () => {
    expect(verdictSentence(experimentResult({ silent: true }))).toBe('SLA attainment is 0 % in all 3 cells.');
  });

  test('names cannot move a cursor', () => {
    expect(verdictSentence(experimentResult({ policies: ['a\u001B[2J', 'b\n'] }))).not.toMatch(/\p{Cc}/u);
  });
});

describe('claims', () => {
  test('a lower value is told as less, with an interval of the same sign', () => {
    expect(comparisonInWords(comparison(-3.2, 0.5, 'worse'), 'none')).toBe('3.20 points less than none [2.70, 3.70]');
  });

  test('an inconclusive difference is no difference', () => {
    expect(comparisonInWords(comparison(0.3, 0.4, 'inconclusive'), 'none')).toBe(
      'no proven difference from none (+0.30 points [−0.10, 0.70])',
    );
  });

  test('the table says what its intervals are over', () => {
    const { cells } = experimentResult();
    expect(basisInWords(cells)).toBe('mean ± half-width of a 95 % Student-t interval over 10 replications');
    expect(basisInWords(experimentResult({ replications: 1 }).cells)).toBe('one replication, without an interval');
    const [cell] = cells;
    const inBatches = { ...cell.metrics.latency_mean_ms, method: 'jackknife' as const, samples: 20 };
    const metrics = { ...experimentResult({ replications: 1 }).cells[0].metrics, latency_mean_ms: inBatches };
    expect(basisInWords([{ ...cell, metrics }])).toMatch(/over 20 parts of one run$/);
  });

  test('a metric that is equal everywhere does not lead', () => {
    const { cells } = experimentResult();
    const served = { ...interval([100, 100]) };
    const equal = cells.map((cell) => ({ ...cell, metrics: { ...cell.metrics, attainment_percent: served } }));
    expect(leadingMetric(equal, [])).toBe('latency_p99_ms');
    expect(leadingMetric(cells, [])).toBe('attainment_percent');
  });
});
