// Objectives in the terminal, on the page and in the verdict: limit, value, interval, met or missed, and who is cheapest.
import { describe, expect, test } from 'vitest';
import type { ExperimentResult, ObjectiveName, ObjectiveOutcome, ObjectiveResult } from '../../core/index.ts';
import { comparisonTable } from '../../reports/comparison-table.ts';
import { renderHtml } from '../../reports/html.ts';
import { objectiveTable } from '../../reports/objective-table.ts';
import { limitText, missedInWords, outcomeText, standingLines } from '../../reports/objectives.ts';
import { objectivesSentence } from '../../reports/objectives-sentence.ts';
import { checkShape } from '../../reports/result-schema.ts';
import { experimentResult, interval } from './fixture.ts';

function objective(changes: Partial<ObjectiveResult> = {}): ObjectiveResult {
  return {
    objective: 'budget',
    measure: 'cost',
    unit: 'USD',
    application: null,
    bound: 'at most',
    limit: 0.5,
    value: interval([0.3, 0.31, 0.32]),
    outcome: 'met',
    violations: 0,
    worstBy: null,
    remark: '',
    ...changes,
  };
}

const outcomes = (...given: readonly (readonly [ObjectiveName, ObjectiveOutcome])[]): ObjectiveResult[] =>
  given.map(([name, outcome]) => objective({ objective: name, outcome }));
const MET = outcomes(['budget', 'met']);
const MISSED = outcomes(['budget', 'missed']);
const OPEN = outcomes(['budget', 'undecided']);

function resultWith(
  objectives: readonly (readonly ObjectiveResult[])[],
  options: Parameters<typeof experimentResult>[0] = {},
): ExperimentResult {
  const policies = ['a', 'b', 'c', 'd'].slice(0, Math.min(4, objectives.length));
  return experimentResult({ policies, replications: 3, bins: 2, ...options, objectives });
}

describe('the words', () => {
  test('of a limit have its direction and unit', () => {
    expect(limitText(objective())).toBe('≤ 0.5 USD');
    expect(limitText(objective({ bound: 'at least', limit: 99, unit: '%' }))).toBe('≥ 99 %');
  });

  test('of an outcome count the replications that missed, unless all agree', () => {
    expect(outcomeText(objective({ outcome: 'undecided', violations: 2 }), 5)).toBe('undecided (2 of 5 missed)');
    expect(outcomeText(objective({ outcome: 'missed', violations: 5 }), 5)).toBe('missed');
    expect(outcomeText(objective(), 5)).toBe('met');
  });

  test.each([
    [[], []],
    [outcomes(['budget', 'met'], ['battery', 'met']), ['met']],
    [outcomes(['budget', 'missed'], ['p99_latency', 'missed'], ['memory', 'met']), ['missed: budget, p99 latency']],
    [outcomes(['budget', 'missed'], ['battery', 'undecided']), ['missed: budget', 'undecided: battery']],
    [
      outcomes(['accuracy_floor', 'missed'], ['p99_latency', 'missed'], ['throughput', 'missed'], ['energy', 'met']),
      ['missed: 3 of 4'],
    ],
  ])('of a cell: %#', (objectives, lines) => {
    const [cell] = resultWith([objectives]).cells;
    expect(standingLines(cell)).toEqual(lines);
  });

  test('of what is missed name the cell and the application', () => {
    const news = objective({ objective: 'attainment', application: 'news', outcome: 'missed' });
    const [cell] = resultWith([[...MISSED, news]]).cells;
    expect(missedInWords(cell)).toBe('a: budget and attainment of news');
    expect(missedInWords(resultWith([MET]).cells[0])).toBe('');
  });
});

describe('the table', () => {
  const floor = objective({
    objective: 'accuracy_floor',
    measure: 'answers below 70 %',
    unit: '%',
    limit: 0,
    value: interval([25, 25, 25]),
    outcome: 'missed',
    violations: 3,
    worstBy: 25,
  });
  const shaky = objective({ outcome: 'undecided', violations: 1, worstBy: 0.1, remark: 'why' });

  test('can be read', () => {
    expect(
      objectiveTable(
        resultWith([
          [objective(), floor],
          [shaky, floor],
        ]),
      ).split('\n'),
    ).toEqual([
      'Objectives',
      '                                       a (baseline)                          b',
      '──────────────────────────────────────────────────────────────────────────────',
      'budget ≤ 0.5 USD                      0.310 ± 0.025              0.310 ± 0.025',
      '                                                met  undecided (1 of 3 missed)',
      'accuracy floor: no answer below 70 %      25.00 ± 0                  25.00 ± 0',
      '                                             missed                     missed',
      'note: why (1 of 4 verdicts)',
    ]);
  });

  test.each([
    [48e9, '≤ 48 GB', '40.00 ± 0'],
    [2 * 2 ** 30, '≤ 2 GiB', '37.25 ± 0'],
    [512 * 2 ** 20, '≤ 512 MiB', '38,147 ± 0'],
    [300e6, '≤ 300 MB', '40,000 ± 0'],
  ])('tells a limit of %i bytes in the unit it was written in, and the value in the same', (bytes, limit, value) => {
    const mebibytes = (each: number): number => each / 2 ** 20;
    const memory = objective({
      objective: 'memory',
      measure: 'peak memory',
      unit: 'MiB',
      limit: mebibytes(bytes),
      value: interval([40e9, 40e9, 40e9].map(mebibytes)),
    });
    const text = objectiveTable(resultWith([[memory]]));
    expect(text).toContain(limit);
    expect(text).toContain(value);
  });

  test('has a row for every limit of a grid, and is empty without objectives', () => {
    const result = resultWith([MET, MET, [objective({ limit: 1 })], [objective({ limit: 1 })]], {
      policies: ['a', 'b'],
      rates: [1, 2],
    });
    expect(objectiveTable(result)).toMatch(/budget ≤ 0\.5 USD[^]*budget ≤ 1 USD/);
    expect(objectiveTable(resultWith([]))).toBe('');
  });

  test('is at most 120 columns wide and free of control characters', () => {
    const name = `${'long'.repeat(40)}\u001B[2J`;
    const long = objective({ application: name, measure: name, remark: '' });
    for (const line of objectiveTable(resultWith([[long], [long], [long], [long]])).split('\n')) {
      expect(Array.from(line).length).toBeLessThanOrEqual(120);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });

  test('of the comparison ends in a row that says who meets them', () => {
    const lines = comparisonTable(resultWith([MET, outcomes(['battery', 'missed'], ['memory', 'undecided'])])).split(
      '\n',
    );
    expect(lines.at(-2)).toMatch(/^objectives +met +missed: battery$/);
    expect(lines.at(-1)).toMatch(/^ +undecided: memory$/);
    expect(comparisonTable(resultWith([[], []]))).not.toContain('objectives');
  });
});

describe('the sentence', () => {
  const said = (objectives: readonly (readonly ObjectiveResult[])[], options = {}): string =>
    objectivesSentence(resultWith(objectives, options));

  test.each([
    [[[]], ''],
    [[MET], 'a meets its objective.'],
    [[[...MET, ...MET]], 'a meets all objectives.'],
    [[[...MISSED, ...OPEN]], 'a misses budget.'],
    [[OPEN], 'Whether a meets budget is undecided.'],
    [[MISSED, MISSED], 'None meets all objectives.'],
    [[MISSED, OPEN], 'None is shown to meet all objectives; b is undecided.'],
    [[MISSED, MET], 'b alone meets all objectives.'],
    [[OPEN, MET, OPEN], 'b alone is shown to meet all objectives; a and c are undecided.'],
  ])('%#', (objectives, text) => {
    expect(said(objectives)).toBe(text);
  });

  test('calls the cheapest so only where the comparisons place it there', () => {
    // The fixture's policies cost the more the later they come, each compared with the first.
    expect(said([MET, MET, MISSED])).toBe('a is the cheapest that meets all objectives.');
    expect(said([MISSED, MET, MET])).toBe('b and c meet all objectives, none of them shown to be the cheapest.');
    const uncompared = { ...resultWith([MET, MET]), compared: ['attainment_percent'] as const };
    expect(objectivesSentence(uncompared)).toBe('a and b meet all objectives.');
  });

  test('counts the points of a grid', () => {
    expect(said([MET, MISSED, MET, MET], { policies: ['a', 'b'], rates: [1, 2] })).toBe(
      'All objectives are shown to be met by a at all 2 and by b at 1 of 2 of the grid points.',
    );
  });
});

describe('the section', () => {
  const page = (result: ExperimentResult): string => renderHtml(result, []);

  test('has limit, value, interval, outcome and the worst of every policy', () => {
    const bad = objective({ outcome: 'missed', violations: 3, worstBy: 0.25, unit: '%' });
    const text = page(resultWith([MET, [bad]]));
    expect(text.indexOf('id="objectives"')).toBeLessThan(text.indexOf('id="comparison"'));
    for (const part of ['≤ 0.5 USD', '0.310 <span class="pm">± 0.025', '<span class="better">met</span>'])
      expect(text.replaceAll('\u00A0', ' ')).toContain(part);
    expect(text.replaceAll('\u00A0', ' ')).toContain(
      '<span class="worse">missed</span><br />by 0.2500 points at worst',
    );
    expect(text).toContain('a alone meets all objectives.');
  });

  test('names the point of a grid, and says why something is undecided', () => {
    const open = [objective({ outcome: 'undecided', remark: 'one run' })];
    const text = page(resultWith([MET, open], { policies: ['a'], rates: [1, 2] }));
    expect(text).toMatch(/scope="rowgroup" class="claim">rate = 2</);
    expect(text).toContain('Notes: one run (1 of 2 verdicts).');
  });

  test('marks a value of runs that are invalid', () => {
    const count = (text: string): number => text.split('>invalid<').length;
    const [valid, invalid] = [resultWith([MET]), resultWith([MET], { invalid: [0] })].map((result) => {
      const text = page(result);
      return text.slice(text.indexOf('id="objectives"'), text.indexOf('id="comparison"'));
    });
    expect([count(valid), count(invalid)]).toEqual([1, 1 + MET.length]);
  });

  test('is not there without objectives, and escapes what a config says', () => {
    expect(page(resultWith([[]]))).not.toContain('id="objectives"');
    const hostile = '"><img src=x onerror=alert(1)>';
    const bad = objective({ application: hostile, measure: hostile, remark: hostile, outcome: 'missed' });
    expect(page(resultWith([[bad]]))).not.toContain('<img');
  });
});

describe('a result file', () => {
  const result = resultWith([MET, MISSED]);

  test('keeps its objectives', () => {
    const read = checkShape(JSON.parse(JSON.stringify(result)));
    expect(read).toMatchObject({ ok: true, result: { cells: [{ acceptable: true }, { acceptable: false }] } });
    expect(read.ok && read.result.cells.map(({ objectives }) => objectives)).toEqual([MET, MISSED]);
  });

  test('from before there were objectives is read as having none', () => {
    const old = result.cells.map((cell) => ({
      ...cell,
      objectives: undefined,
      acceptable: undefined,
      replications: cell.replications.map((run) => ({ ...run, batteryJoules: undefined })),
    }));
    const read = checkShape(JSON.parse(JSON.stringify({ ...result, cells: old })));
    expect(read).toMatchObject({
      ok: true,
      result: { cells: [{ objectives: [], acceptable: null, replications: [{ batteryJoules: {} }, {}, {}] }, {}] },
    });
    expect(read.ok && objectiveTable(read.result)).toBe('');
  });
});
