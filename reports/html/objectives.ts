/** The objectives and what every policy came to: value, interval, met or missed, and by how much at worst. */
import type { CellResult, ExperimentResult, ObjectiveResult } from '../../core/index.ts';
import { gridPoints, policyNames } from '../grid.ts';
import type { GridPoint } from '../grid.ts';
import {
  distinctObjectives,
  excessText,
  limitText,
  objectiveIn,
  objectiveKey,
  objectiveName,
  objectiveRemarks,
  outcomeText,
  shownValue,
} from '../objectives.ts';
import { html, unbroken } from './markup.ts';
import type { Markup } from './markup.ts';
import { value } from './standing.ts';
import { INVALID_TAG, numberCell, numberHead, textHead, wideTable } from './tables.ts';

/** Grid points of the table; result.json has them all. */
const POINTS_MAX = 50;

/** Which way an outcome is painted; undecided is no news. */
const OUTCOME_CLASSES = { met: 'better', missed: 'worse', undecided: 'muted' } as const;

export function objectives(result: ExperimentResult): Markup | null {
  if (result.cells.every((cell) => cell.objectives.length === 0)) return null;
  const policies = policyNames(result.cells);
  const points = gridPoints(result.cells);
  const head = html`<tr>
    ${textHead('objective')}${numberHead('limit')}${policies.map((name) => numberHead(name))}
  </tr>`;
  const remarks = objectiveRemarks(result.cells);
  return html`<section id="objectives">
    <h2>Objectives</h2>
    <p class="note">
      Met or missed where the interval of the value lies on one side of the limit, undecided where it holds the limit.
      An accuracy floor is missed by a single measured answer below it. A missed objective makes no run invalid.
    </p>
    ${wideTable(
      'Objectives',
      head,
      points.slice(0, POINTS_MAX).map((point) => pointRows(point, policies)),
    )}
    ${remarks.length > 0 && html`<p class="note">Notes: ${remarks.join('; ')}.</p>`}
    ${
      points.length > POINTS_MAX &&
      html`<p class="note">
        The first ${POINTS_MAX} of ${points.length} grid points; <code>result.json</code> has all.
      </p>`
    }
  </section>`;
}

function pointRows({ label, cells }: GridPoint, policies: readonly string[]): Markup {
  const title =
    label !== '' &&
    html`<tr>
      <th colspan="${policies.length + 2}" scope="rowgroup" class="claim">${label}</th>
    </tr>`;
  return html`<tbody>
    ${title}${distinctObjectives(cells).map((objective) => row(objective, cells, policies))}
  </tbody>`;
}

function row(objective: ObjectiveResult, cells: readonly CellResult[], policies: readonly string[]): Markup {
  const key = objectiveKey(objective);
  return html`<tr>
    <th scope="row">${objectiveName(objective)} <span class="muted">${objective.measure}</span></th>
    ${numberCell(unbroken(limitText(objective)))}
    ${policies.map((policy) => {
      const cell = cells.find((each) => each.policy === policy);
      const found = cell && objectiveIn(cell, key);
      return numberCell(
        cell && found && [standing(found, cell.replications.length), !cell.verdict.valid && INVALID_TAG],
      );
    })}
  </tr>`;
}

function standing(found: ObjectiveResult, replications: number): Markup {
  const excess = excessText(found);
  const worst = excess !== '' && `by ${excess} at worst`;
  return html`${value(shownValue(found), found.unit)}<span class="against"
      ><span class="${OUTCOME_CLASSES[found.outcome]}">${outcomeText(found, replications)}</span>${
        worst !== false && html`<br />${unbroken(worst)}`
      }</span
    >`;
}
