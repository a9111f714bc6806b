/** What the control policies decided, the first of it, and which faults were injected. */
import type { CellResult, DecisionResult, ExperimentResult } from '../../core/index.ts';
import { formatCount, formatNumber } from '../format.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { cellHead, numberCell, numberHead, textHead, wideTable } from './tables.ts';

const DECISIONS_MAX = 50;
const CELLS_MAX = 12;

export function decisions({ cells }: ExperimentResult): Markup | null {
  const deciding = cells.filter(({ replications }) => replications.some((each) => each.decisionCount > 0));
  const faulty = cells.filter(({ replications }) => replications.some((each) => faultCount(each.faults) > 0));
  if (deciding.length === 0 && faulty.length === 0) return null;
  return html`<section id="decisions">
    <h2>Decisions${faulty.length > 0 && ' and faults'}</h2>
    ${deciding.length > CELLS_MAX && html`<p class="note">Those of the first ${CELLS_MAX} of ${deciding.length} cells that decided anything.</p>`}
    ${deciding.slice(0, CELLS_MAX).map(cellDecisions)} ${faulty.length > 0 && faults(faulty)}
  </section>`;
}

function cellDecisions({ label, replications }: CellResult): Markup {
  const run = replications.find((each) => each.decisionCount > 0) ?? replications[0];
  const shown = run.decisions.slice(0, DECISIONS_MAX);
  const head = html`<tr>
    ${numberHead('at', 's')}${['decision', 'subject', 'worker', 'machine', 'reason'].map(textHead)}
  </tr>`;
  const count =
    shown.length < run.decisionCount
      ? `first ${shown.length} of ${formatCount(run.decisionCount)} decisions`
      : `${formatCount(run.decisionCount)} decisions`;
  return html`<details>
    <summary>${label}: ${count}, replication ${run.replication}</summary>
    ${wideTable(
      `Decisions of ${label}`,
      head,
      html`<tbody>
        ${shown.map(decisionRow)}
      </tbody>`,
    )}
  </details>`;
}

function decisionRow({ atS, kind, subject, worker, machine, reason }: DecisionResult): Markup {
  return html`<tr>
    ${numberCell(formatNumber(atS, 3))}
    <td>${kind}</td>
    <td>${subject}</td>
    <td>${worker}</td>
    <td>${machine}</td>
    <td>${reason}</td>
  </tr>`;
}

function faults(cells: readonly CellResult[]): Markup {
  const names = [
    ...new Set(cells.flatMap(({ replications }) => replications.flatMap((each) => Object.keys(each.faults)))),
  ];
  const count = ({ replications }: CellResult, name: string): number =>
    replications.reduce((sum, { faults: counts }) => sum + (Object.hasOwn(counts, name) ? counts[name] : 0), 0);
  const head = html`<tr>
    ${textHead('cell')}${names.map((name) => numberHead(name))}
  </tr>`;
  const rows = cells.map(
    (cell) =>
      html`<tr>
        ${cellHead(cell)}${names.map((name) => numberCell(formatCount(count(cell, name))))}
      </tr>`,
  );
  return html`<h3>Faults injected, summed over replications</h3>
    ${wideTable(
      'Faults injected',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}`;
}

function faultCount(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
