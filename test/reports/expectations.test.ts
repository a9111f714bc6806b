// What was expected and what was found, in the terminal and on the page: claim, sentence, advantage, paper, outcome.
import { describe, expect, test } from 'vitest';
import type { ExpectationResult } from '../../core/index.ts';
import { expectationTable } from '../../reports/expectation-table.ts';
import { expectationBasis, outcomesInWords, ratioText, subjectInWords, timesText } from '../../reports/expectations.ts';
import { renderHtml } from '../../reports/html.ts';
import { expectation, servedExpectation } from './expected.ts';
import { experimentResult, interval } from './fixture.ts';

const ALL: readonly ExpectationResult[] = [
  expectation(),
  expectation({ than: 'static-cpu', outcome: 'not held', ratio: null, paperRatio: null, withinFactor2: null }),
  expectation({
    claim: 'H2',
    says: 'It violates less often',
    application: 'shop',
    outcome: 'undecided',
    remark: 'why',
  }),
];
const resultWith = (expectations: readonly ExpectationResult[]) =>
  experimentResult({ policies: ['none'], replications: 1, bins: 2, expectations });

describe('the words', () => {
  test.each([
    ['lower', null, 'cost: infaas < static-gpu at rate = 4/s'],
    ['higher', null, 'cost: infaas > static-gpu at rate = 4/s'],
    ['equal', 0.05, 'cost: infaas ≈ static-gpu within 5 % at rate = 4/s'],
  ] as const)('of a subject that is %s: %s', (direction, tolerance, text) => {
    expect(subjectInWords(expectation({ direction, tolerance }))).toBe(text);
  });

  test('of a percentage have its tolerance in points, and of an application its name', () => {
    const changes = { metric: 'violations_percent', application: 'shop', parameters: {}, direction: 'equal' } as const;
    expect(subjectInWords(expectation({ ...changes, tolerance: 1 }))).toBe(
      'SLO violations of shop: infaas ≈ static-gpu within 1 point',
    );
  });

  test.each([
    [{}, 'shop answered by cpu4: infaas ≥ 95 %'],
    [{ limitPercent: 100, variants: ['a', 'b'], application: null }, 'answered by a or b: infaas = 100 %'],
    [{ parameters: { rate: 4 } }, 'shop answered by cpu4: infaas ≥ 95 % at rate = 4'],
  ] as const)('of who answers, with %j, are: %s', (changes, text) => {
    expect(subjectInWords(servedExpectation(changes))).toBe(text);
  });

  test('of an advantage have the digits that its interval bears', () => {
    expect(ratioText(expectation().ratio)).toEqual({ mean: '9.12×', range: '[8.90, 9.36]' });
    expect(ratioText({ mean: 21.64, low: null, high: null, method: 'ratio-of-means' })).toEqual({
      mean: '21.6×',
      range: '',
    });
    expect(ratioText({ mean: 2.1, low: 0.131, high: 33.4, method: 'geometric-mean' })).toEqual({
      mean: '2×',
      range: '[0.131, 34]',
    });
    expect(ratioText(null)).toEqual({ mean: '–', range: '' });
  });

  test.each([
    [8.5, '8.5×'],
    [21.6, '21.6×'],
    [150, '150×'],
    [1, '1×'],
    [null, '–'],
  ])('of the ratio %s in the paper are %s', (ratio, text) => {
    expect(timesText(ratio)).toBe(text);
  });

  test.each([
    [['held'], 'it held'],
    [['held', 'held'], 'all 2 held'],
    [['held', 'not held', 'undecided', 'undecided'], '1 of 4 held, 1 did not, 2 are undecided'],
    [['not held'], '0 of 1 held, 1 did not'],
  ] as const)('of the outcomes %j', (outcomes, text) => {
    expect(outcomesInWords(outcomes.map((outcome) => expectation({ outcome })))).toBe(text);
  });

  test('say what intervals are of, and what they mean for equality where there is one', () => {
    const basis = expectationBasis(resultWith(ALL));
    expect(basis).toContain('over replications under the same seed, with its 95 % Student-t interval');
    expect(basis).not.toContain('≈');
    expect(expectationBasis(resultWith([expectation({ direction: 'equal' })]))).toContain('within the tolerance');
  });
});

describe('the table', () => {
  test('can be read', () => {
    expect(expectationTable(resultWith(ALL)).split('\n')).toEqual([
      'What was expected: 1 of 3 held, 1 did not, 1 is undecided.',
      '',
      '                                                                  advantage  paper    outcome',
      '─────────────────────────────────────────────────────────────────────────────────────────────',
      'H4  INFaaS costs less than the static GPU instance',
      '  cost: infaas < static-gpu at rate = 4/s                9.12× [8.90, 9.36]   8.5×       held',
      '  cost: infaas < static-cpu at rate = 4/s          −3.20 USD [−3.70, −2.70]      –   not held',
      'H2  It violates less often',
      '  cost of shop: infaas < static-gpu at rate = 4/s        9.12× [8.90, 9.36]   8.5×  undecided',
      'Each is judged by its own 95 % interval.',
      'note: why (1 of 3 expectations)',
    ]);
  });

  test('has shares beside advantages, and no column for the paper where nothing was compared', () => {
    const exact = { sharePercent: interval([100, 100]), lowestPercent: 100 };
    const shares = [servedExpectation(), servedExpectation({ ...exact, limitPercent: 100, application: null })];
    expect(expectationTable(resultWith(shares)).split('\n').slice(2)).toEqual([
      '                                                       share  outcome',
      '─────────────────────────────────────────────────────────────────────',
      'E2  A loose objective is answered from the CPU',
      '  shop answered by cpu4: infaas ≥ 95 %  98.0 % [93.0, 100.0]     held',
      '  answered by cpu4: infaas = 100 %                     100 %     held',
      'Each is judged by its own 95 % interval.',
    ]);
    const both = expectationTable(resultWith([expectation(), ...shares])).split('\n');
    expect(both[2]).toMatch(/^ +found +paper +outcome$/);
    expect(both.at(-2)).toMatch(/infaas = 100 % +100 % +held$/);
  });

  test('says so where verdicts against the baseline are held to another confidence', () => {
    const result = experimentResult({ replications: 3, expectations: [expectation()] });
    const comparisons = result.comparisons.map((each) => ({
      ...each,
      difference: { ...each.difference, confidence: 0.975 },
    }));
    expect(expectationTable({ ...result, comparisons })).toContain(
      'its own 95 % interval; verdicts against the baseline take 97.5 %, to hold together for all policies.',
    );
  });

  test('breaks what is too wide between words, and cuts nothing', () => {
    const says = Array.from({ length: 40 }, (_, index) => `word-${index}`).join(' ');
    const than = Array.from({ length: 30 }, (_, index) => `set-${index}`).join(' ');
    const text = expectationTable(resultWith([expectation({ says, than })]));
    expect(text).not.toContain('…');
    for (const word of [...says.split(' '), ...than.split(' ')])
      expect(text).toMatch(new RegExp(`${word}(\\s|$)`, 'm'));
  });

  test('is empty where nothing was expected', () => {
    expect(expectationTable(resultWith([]))).toBe('');
  });

  test('is at most 120 columns wide, free of control characters, and stops after sixty', () => {
    const name = `${'long'.repeat(40)}\u001B[2J`;
    const long = expectation({ says: name, better: name, than: name, application: name, remark: name });
    const lines = expectationTable(resultWith(Array.from({ length: 70 }, () => long))).split('\n');
    for (const line of lines.filter((each) => !each.startsWith('note:'))) {
      expect(Array.from(line).length).toBeLessThanOrEqual(120);
    }
    for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u);
    expect(lines.at(-1)).toBe('10 more expectations are in report.html.');
  });
});

describe('the section', () => {
  const page = (expectations: readonly ExpectationResult[]): string => renderHtml(resultWith(expectations), []);

  test('comes first, and says the claim, the numbers, the paper and the outcome', () => {
    const text = page(ALL);
    expect(text.indexOf('id="expectations"')).toBeLessThan(text.indexOf('id="comparison"'));
    expect(text).toContain('<strong>1 of 3 held, 1 did not, 1 is undecided</strong>');
    for (const part of ['>H4<', 'INFaaS costs less', '9.12×', '[8.90, 9.36]', '8.5×', 'within a factor of 2', '>why<'])
      expect(text).toContain(part);
    expect(text).toContain('<span class="better">held</span>');
    expect(text).toContain('<span class="worse">not held</span>');
    expect(text).toContain('<span class="muted">undecided</span>');
  });

  test('tells a share with the run that has the smallest, and of shares alone no difference', () => {
    const text = page([servedExpectation()]).replaceAll('\u00A0', ' ');
    for (const part of ['98.0 %', '[93.0, 100.0]', 'lowest run 96.00 %', 'the interval lies at or above the limit'])
      expect(text).toContain(part);
    const section = text.slice(text.indexOf('id="expectations"'), text.indexOf('id="comparison"'));
    expect(section).not.toMatch(/difference|advantage/i);
    expect(section).toContain('colspan="3"');
    expect(page([servedExpectation(), expectation()])).toContain('colspan="5"');
  });

  test('states a sentence once, however many rows it has', () => {
    expect(page(ALL).match(/INFaaS costs less than the static GPU instance/g)).toHaveLength(1);
  });

  test('is not there where nothing was expected', () => {
    expect(page([])).not.toContain('What was expected');
  });

  test('escapes what a config says', () => {
    const hostile = '"><img src=x onerror=alert(1)>';
    const text = page([
      expectation({
        claim: hostile,
        says: hostile,
        better: hostile,
        than: hostile,
        application: hostile,
        remark: hostile,
      }),
      servedExpectation({ claim: hostile, policy: hostile, variants: [hostile], application: hostile }),
    ]);
    expect(text).not.toContain('<img');
  });
});
