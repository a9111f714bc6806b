/** The top of a report: the question, the answer in one sentence, and what forbids or limits belief in it. */
import type { ExperimentResult } from '../../core/index.ts';
import { formatCount, formatInstant, listInWords } from '../format.ts';
import { notesOf, problemsOf } from '../problems.ts';
import { verdictSentence } from '../verdict-sentence.ts';
import { html, unbroken } from './markup.ts';
import type { Markup } from './markup.ts';

/** Cells that one problem lists by name. */
const NAMES_MAX = 6;

export function header({ name, question, world, environment }: ExperimentResult): Markup {
  const kind = world === 'live' ? 'Live run on the wall clock' : 'Simulation';
  return html`<header>
    <div class="kicker">Rehearse report · ${kind} · started ${formatInstant(environment.startedAt)}</div>
    <h1>${name}</h1>
    ${question !== '' && html`<p class="question">${question}</p>`}
  </header>`;
}

export function verdict(result: ExperimentResult): Markup {
  const trusted = result.verdict.valid && result.complete;
  const status = trusted ? 'Valid' : result.complete ? 'Invalid' : 'Interrupted';
  return html`<section class="verdict${trusted ? '' : ' invalid'}" aria-label="Verdict">
      <span class="status">${status}</span>
      <p>${unbroken(verdictSentence(result))}</p>
    </section>
    ${problems(result)}${notes(result)}`;
}

function problems(result: ExperimentResult): Markup | null {
  const found = problemsOf(result);
  if (found.length === 0) return null;
  const items = found.map(
    ({ code, message, advice, cells }) =>
      html`<li>
        <strong>${sentence(message)}</strong> <code>${code}</code><br />
        ${cells.length > 0 && html`In ${named(cells, result.cells.length)}. `}What to do: ${sentence(advice)}
      </li>`,
  );
  return html`<section class="alarm" role="alert">
    <h2>Do not trust all of these numbers</h2>
    <ul>
      ${items}
    </ul>
  </section>`;
}

function notes(result: ExperimentResult): Markup | null {
  const found = notesOf(result);
  if (found.length === 0) return null;
  const items = found.map(
    ({ note, cells }) =>
      html`<li>
        ${sentence(note)}${cells.length > 0 && html` <span class="muted">In ${named(cells, result.cells.length)}.</span>`}
      </li>`,
  );
  return html`<section class="notes">
    <h3>To know when reading</h3>
    <ul>
      ${items}
    </ul>
  </section>`;
}

/** "all 12 cells", "a and b", "a, b and 9 other cells". */
function named(labels: readonly string[], all: number): string {
  if (all > 1 && labels.length === all) return `all ${formatCount(all)} cells`;
  if (labels.length <= NAMES_MAX) return listInWords(labels);
  return `${labels.slice(0, NAMES_MAX).join(', ')} and ${formatCount(labels.length - NAMES_MAX)} other cells`;
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
