/** The objectives for a terminal: each with its limit, and what every policy came to; '' without any. */
import type { ExperimentResult } from '../core/index.ts';
import type { TextRow } from './cell-table.ts';
import { cellTable } from './cell-table.ts';
import {
  distinctObjectives,
  limitText,
  measureText,
  objectiveIn,
  objectiveKey,
  objectiveName,
  objectiveRemarks,
  outcomeText,
  valueText,
} from './objectives.ts';

/** The table as lines of text, without a line break at the end. */
export function objectiveTable(result: ExperimentResult): string {
  const rows = distinctObjectives(result.cells).map((objective): TextRow => {
    const key = objectiveKey(objective);
    const measure = measureText(objective);
    const limit = limitText(objective);
    const name = `${objectiveName(objective)}${measure === '' ? '' : ` (${measure})`}`;
    return {
      label: /^\w/.test(limit) ? `${name}: ${limit}` : `${name} ${limit}`,
      lines: (cell) => {
        const found = objectiveIn(cell, key);
        return found === undefined ? [] : [valueText(found), outcomeText(found, cell.replications.length)];
      },
    };
  });
  if (rows.length === 0) return '';
  const notes = objectiveRemarks(result.cells).map((remark) => `note: ${remark}`);
  return ['Objectives', ...cellTable(result, rows, 'report.html'), ...notes].join('\n');
}
