// The claims of several experiments, summed up: counts, means and the largest ratio beside the paper's.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ExpectationResult } from '../../core/index.ts';
import type { ClaimedRun } from '../../reports/index.ts';
import { claimSummaries, claimTable, writeClaims } from '../../reports/index.ts';
import { expectation, servedExpectation } from './expected.ts';
import { interval } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehearse-claims-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ratio = (mean: number) => ({ mean, low: null, high: null, method: 'geometric-mean' }) as const;
const run = (name: string, expectations: readonly ExpectationResult[]): ClaimedRun => ({
  name,
  valid: name !== 'bad',
  report: `${name}/report.html`,
  expectations,
});
const RUNS = [
  run('one', [expectation({ ratio: ratio(2) }), expectation({ claim: 'H2', ratio: null, outcome: 'undecided' })]),
  run('bad', [expectation({ ratio: ratio(8), paperRatio: 21.6, says: 'At most', outcome: 'not held' })]),
  run('none', []),
];

describe('a summary', () => {
  test('counts outcomes and averages ratios over all experiments', () => {
    const [h4, h2, ...others] = claimSummaries(RUNS);
    expect(others).toEqual([]);
    expect(h4).toEqual({
      claim: 'H4',
      says: ['INFaaS costs less than the static GPU instance', 'At most'],
      experiments: ['one', 'bad'],
      held: 1,
      notHeld: 1,
      undecided: 0,
      geometricMeanRatio: expect.closeTo(4, 12) as number,
      arithmeticMeanRatio: 5,
      largestRatio: 8,
      paperRatios: [8.5, 21.6],
      meanSharePercent: null,
      lowestSharePercent: null,
    });
    expect(h2).toMatchObject({ undecided: 1, geometricMeanRatio: null, arithmeticMeanRatio: null, largestRatio: null });
  });

  test('has no geometric mean with a ratio of 0', () => {
    const [summary] = claimSummaries([
      run('one', [expectation({ ratio: ratio(0) }), expectation({ ratio: ratio(2) })]),
    ]);
    expect(summary).toMatchObject({ geometricMeanRatio: null, arithmeticMeanRatio: 1, largestRatio: 2 });
  });
});

describe('shares', () => {
  const nothing = { sharePercent: interval([null]), outcome: 'undecided' } as const;
  const shared = [
    run('one', [servedExpectation(), servedExpectation(nothing)]),
    run('two', [servedExpectation({ sharePercent: interval([50, 52]), outcome: 'not held' }), expectation()]),
  ];

  test('are averaged over all experiments, and take no part in the ratios', () => {
    const [e2, h4] = claimSummaries(shared);
    expect(e2).toMatchObject({ held: 1, notHeld: 1, undecided: 1, largestRatio: null, paperRatios: [] });
    expect(e2).toMatchObject({ meanSharePercent: 74.5, lowestSharePercent: 51 });
    expect(h4).toMatchObject({ held: 1, meanSharePercent: null });
  });

  test('are summed up where there are any', async () => {
    const lines = claimTable(shared).split('\n');
    expect(lines).toContain('E2: 1 of 3 held, 1 did not, 1 is undecided; mean share 74.50 %, lowest 51.00 %');
    for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(120);
    const page = readFileSync(await writeClaims(join(folder, 'shares'), shared), 'utf8').replaceAll('\u00A0', ' ');
    for (const part of ['mean share', '74.50 %', '51.00 %']) expect(page).toContain(part);
    expect(readFileSync(await writeClaims(join(folder, 'none'), RUNS), 'utf8')).not.toContain('mean share');
  });
});

test('the table has a line for each finding under its claim and sentence, at most 120 columns wide', () => {
  const lines = claimTable(RUNS).split('\n');
  expect(lines[0]).toBe('Claims over 2 experiments: 1 of 3 held, 1 did not, 1 is undecided.');
  expect(lines.slice(4).map((line) => line.replace(/(?<=\S) {2,}(?=\S)/g, ' | '))).toEqual([
    'H4: 1 of 2 held, 1 did not; mean ratio 4× geometric, 5× arithmetic; largest 8×; paper 8.5×, 21.6×',
    'INFaaS costs less than the static GPU instance (one)',
    '  cost: infaas < static-gpu at rate = 4/s | 2.00× | 8.5× | held',
    'At most (bad)',
    '  cost: infaas < static-gpu at rate = 4/s | 8.00× | 21.6× | not held',
    '',
    'H2: 0 of 1 held, 1 is undecided; paper 8.5×',
    'INFaaS costs less than the static GPU instance (one)',
    '  cost: infaas < static-gpu at rate = 4/s | −3.20 USD [−3.70, −2.70] | 8.5× | undecided',
  ]);
  for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(120);
  expect(claimTable([run('none', [])])).toBe('');
});

test('the table stops after two hundred findings and says where the others are', () => {
  const lines = claimTable([
    run(
      'many',
      Array.from({ length: 203 }, () => expectation()),
    ),
  ]).split('\n');
  expect(lines.filter((line) => line.includes('static-gpu at rate'))).toHaveLength(200);
  expect(lines.at(-1)).toBe('3 more findings are in claims.html.');
});

describe('the files', () => {
  test('are a page that links to every report, and data with every expectation', async () => {
    expect(await writeClaims(join(folder, 'out'), RUNS)).toBe(join(folder, 'out', 'claims.html'));
    expect(readdirSync(join(folder, 'out')).toSorted()).toEqual(['claims.html', 'claims.json']);
    const page = readFileSync(join(folder, 'out', 'claims.html'), 'utf8');
    for (const { report } of RUNS) expect(page).toContain(`href="${report}"`);
    expect(page).toMatch(/>bad<\/a><span class="tag bad">invalid<\/span>/);
    expect(page).toContain('nothing was expected');
    expect(page.match(/<td class="subject">/g)).toHaveLength(2 * 3);
    for (const outcome of ['held', 'not held', 'undecided']) expect(page).toContain(`>${outcome}</span></td>`);
    expect(page).not.toMatch(/<script|https?:/);
    const data = JSON.parse(readFileSync(join(folder, 'out', 'claims.json'), 'utf8')) as object;
    expect(data).toMatchObject({ version: 1, claims: claimSummaries(RUNS), experiments: RUNS });
  });

  test('escape what a config says', async () => {
    const hostile = '"><img src=x onerror=alert(1)>';
    await writeClaims(join(folder, 'hostile'), [run(hostile, [expectation({ claim: hostile, says: hostile })])]);
    expect(readFileSync(join(folder, 'hostile', 'claims.html'), 'utf8')).not.toContain('<img');
  });

  test('that cannot be written are told as the user’s business', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(writeClaims(join(folder, 'file'), RUNS)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
  });
});
