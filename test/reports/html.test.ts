import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { METRICS } from '../../core/index.ts';
import type { ExperimentResult } from '../../core/index.ts';
import { figuresOf } from '../../reports/figures/all-figures.ts';
import { renderHtml } from '../../reports/html.ts';
import { escapeHtml, html, trusted, unbroken } from '../../reports/html/markup.ts';
import { renderFigure } from '../../reports/render-figure.ts';
import { experimentResult } from './fixture.ts';

async function pageOf(result: ExperimentResult): Promise<string> {
  const figures = [];
  for (const figure of figuresOf(result)) figures.push(await renderFigure(figure));
  return renderHtml(result, figures);
}

const HOSTILE = '</style></title></pre>"\'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u202E\u0000';

/** Every start tag outside figures, as a browser would see them. */
const tagsOf = (page: string): string[] =>
  [...page.matchAll(/<([a-z0-9]+)[^>]*>/gi)].map(([, name]) => name.toLowerCase());

describe('escaping', () => {
  test('the tag escapes whatever it did not make itself', () => {
    expect(html`<p title="${'"x"'}">${['<b>', html`<i>${1}</i>`, null, false]}</p>`.text).toBe(
      '<p title="&quot;x&quot;">&lt;b&gt;<i>1</i></p>',
    );
    expect(html`${trusted('<b>')}`.text).toBe('<b>');
  });

  test('no text becomes markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });

  test('line breaks of a config survive, other control characters do not', () => {
    expect(escapeHtml('a\n\tb\u001B')).toBe('a\n\uFFFDb\uFFFD');
  });

  test('a number stays with its unit', () => {
    expect(unbroken('97 % ± 2 ms of a s')).toBe('97\u00A0%\u00A0±\u00A02\u00A0ms of a s');
  });
});

describe('the page', () => {
  const result = experimentResult({
    rates: [200, 800],
    scaling: true,
    invalid: [3],
    applications: ['vision', 'search'],
  });
  let page = '';
  beforeAll(async () => {
    page = await pageOf(result);
  });

  test('loads nothing: no address but names of namespaces, no script, no import', () => {
    expect(page.replace(/ xmlns(?::xlink)?="[^"]*"/g, '')).not.toMatch(/https?:|\/\/[a-z]/i);
    expect(page).not.toMatch(/<script|@import|url\((?!#)|<iframe|<object|<embed|<base|<form/i);
    expect(page).toContain('content="default-src &#39;none&#39;; ');
    for (const [, address] of page.matchAll(/(?:href|src)="([^"]*)"/g)) expect(address).toMatch(/^(?:#|data:,$)/);
  });

  test('links lead to sections that exist, and no id is given twice', () => {
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });

  test('names every cell, metric, seed, digest, and how to run again', () => {
    for (const { label, replications } of result.cells) {
      expect(page).toContain(label);
      for (const { digest, seed, unseed } of replications)
        for (const text of [digest, seed, unseed]) expect(page).toContain(text);
    }
    for (const { label, name, doc } of METRICS)
      for (const text of [label, name, doc]) expect(page).toContain(escapeHtml(text));
    for (const text of [result.question, result.command, result.digest, result.configHash])
      expect(page).toContain(text);
    expect(page).toContain('experiment: batching-under-load');
  });

  test('shows invalid cells with reason and advice, and compares nothing with them', () => {
    expect(page).toContain('role="alert"');
    expect(page).toContain('The queue grew until the end of the run.');
    expect(page).toContain('Lower the load, or allow more workers.');
    const rows = page.split('<tr').filter((row) => row.includes('title="clipper-aimd, rate = 800"'));
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.join('')).not.toMatch(/class="against"/);
  });

  test('shows verdicts in words, the first fifty decisions and all applications', () => {
    expect(page).toMatch(/<span class="better">better<\/span> \+\d/);
    expect(page).toMatch(/<span class="worse">worse<\/span> \+\d/);
    expect(page).toContain('first 50 of 60 decisions');
    expect(page.match(/<td>worker\.load<\/td>/g)).toHaveLength(6 * 34);
    for (const application of ['vision', 'search']) expect(page).toContain(`<td>${application}</td>`);
  });

  test('has every figure with its caption', () => {
    for (const { id, caption } of figuresOf(result)) {
      expect(page).toContain(`id="figure-${id}"`);
      expect(page).toContain(escapeHtml(unbroken(caption)));
    }
  });
});

describe('a page of a hostile result', () => {
  test('has the tags of a harmless one and nothing of the text as markup', async () => {
    const options = { policies: ['a', 'b'], rates: [1, 2], applications: ['c', 'd'], invalid: [1], replications: 2 };
    const harmless = experimentResult(options);
    const hostile = structuredCloneWith(harmless, HOSTILE);
    const [good, bad] = [await pageOf(harmless), await pageOf(hostile)];
    const known = new Set(tagsOf(good));
    expect(tagsOf(bad).filter((name) => !known.has(name))).toEqual([]);
    expect(bad).not.toMatch(/<script|<img|[^=]"'>/);
    for (const character of ['\u0000', '\u202E']) expect(bad).not.toContain(character);
    expect(bad.match(/<style>/g)).toHaveLength(1);
  });
});

/** The same result with every free text replaced, the keys of parameters, applications and faults too. */
function structuredCloneWith(result: ExperimentResult, text: string): ExperimentResult {
  const named = (value: string | number): string => `${text}${value}`;
  return {
    ...result,
    name: text,
    question: text,
    command: text,
    seed: text,
    digest: text,
    configHash: text,
    config: { [text]: [text, { nested: text }] },
    environment: { ...result.environment, cpu: text, startedAt: text, rehearse: text },
    cells: result.cells.map((cell) => ({
      ...cell,
      policy: named(cell.policy),
      label: named(cell.label),
      parameters: { [text]: cell.parameters['rate'], other: text },
      verdict: {
        ...cell.verdict,
        problems: cell.verdict.problems.map(() => ({ code: text, message: text, advice: text })),
        notes: [text],
      },
      replications: cell.replications.map((run) => ({
        ...run,
        seed: text,
        digest: text,
        ending: text,
        byApplication: { [named(1)]: run.metrics, [named(2)]: run.metrics },
        decisions: [{ atS: 1, kind: text, subject: text, worker: 1, machine: null, reason: text }],
        decisionCount: 1,
        faults: { [text]: 1 },
      })),
    })),
  };
}

test('a live run does not promise the same digest', async () => {
  const result = experimentResult({ policies: ['none'], replications: 1, bins: 2 });
  expect(await pageOf(result)).toContain('gives the same digest');
  expect(await pageOf({ ...result, world: 'live' })).toContain('no two runs are alike');
});

test('a page of an experiment without cells is a page', async () => {
  const page = await pageOf({ ...experimentResult({ complete: false }), cells: [], comparisons: [] });
  expect(page).toContain('Nothing was measured.');
  expect(page).toContain('Interrupted');
  expect(page).not.toContain('<figure');
});
