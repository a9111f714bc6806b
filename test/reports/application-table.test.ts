// Applications one by one, in the terminal and folded on the page.
import { describe, expect, test } from 'vitest';
import { applicationTable } from '../../reports/application-table.ts';
import { comparisonTable } from '../../reports/comparison-table.ts';
import { renderHtml } from '../../reports/html.ts';
import { verdictSentence } from '../../reports/verdict-sentence.ts';
import { experimentResult } from './fixture.ts';

const RESULT = experimentResult({ policies: ['none', 'aimd'], applications: ['search', 'shop'], bins: 2 });

describe('the table by application', () => {
  test('tells attainment, tail and violations of each, with verdicts', () => {
    const text = applicationTable(RESULT);
    for (const name of ['search', 'shop'])
      for (const label of ['SLA attainment, %', 'p99 latency, ms', 'SLO violations, %'])
        expect(text).toContain(`${name}: ${label}`);
    expect(text).toMatch(/better −\d/);
    expect(text).toContain('hold together for all policies and applications at a grid point.');
    for (const line of text.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(120);
  });

  test('is empty with a single application', () => {
    expect(applicationTable(experimentResult({ bins: 2 }))).toBe('');
  });

  test('leaves out a metric that no application has', () => {
    const cells = RESULT.cells.map((cell) => ({
      ...cell,
      metricsByApplication: Object.fromEntries(
        Object.keys(cell.metricsByApplication).map((name) => [
          name,
          { attainment_percent: cell.metrics.attainment_percent },
        ]),
      ),
    }));
    expect(applicationTable({ ...RESULT, cells })).not.toContain('p99');
  });
});

test('comparisons of applications change no word about all requests', () => {
  const totals = { ...RESULT, comparisons: RESULT.comparisons.filter(({ application }) => application === null) };
  const reversed = { ...RESULT, comparisons: RESULT.comparisons.toReversed() };
  expect(comparisonTable(RESULT)).toBe(comparisonTable(totals));
  expect(comparisonTable(reversed)).toBe(comparisonTable(totals));
  expect(verdictSentence(reversed)).toBe(verdictSentence(totals));
});

test('the page folds the table away', () => {
  const page = renderHtml(RESULT, []);
  expect(page).toMatch(/<details>\s*<summary>By application \(2\)<\/summary>/);
  expect(renderHtml(experimentResult({ bins: 2 }), [])).not.toContain('By application');
});
