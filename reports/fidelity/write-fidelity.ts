/**
 * Makes the page and the table of a comparison from its `fidelity.json` alone. Every file is renamed when whole, so
 * that nobody ever reads half of one.
 */
import { join } from 'node:path';
import { ServingError } from '../../core/index.ts';
import type { FidelityResult } from '../../core/index.ts';
import type { Figure } from '../figures/figure.ts';
import { renderFigure } from '../render-figure.ts';
import type { RenderedFigure } from '../render-figure.ts';
import { writeWhole } from '../write-whole.ts';
import { fidelityCsv } from './fidelity-csv.ts';
import { readFidelity } from './fidelity-file.ts';
import { distributionFigure, timeFigures } from './fidelity-figures.ts';
import type { GroupFigures } from './fidelity-page.ts';
import { fidelityPage } from './fidelity-page.ts';

/**
 * @param directory - the folder that holds `fidelity.json`
 * @returns the path of the page
 * @throws ServingError when there is no usable comparison, or the folder cannot be written to
 */
export async function writeFidelity(directory: string): Promise<string> {
  const result = await readFidelity(directory);
  const path = join(directory, 'fidelity.html');
  const text = fidelityPage(result, await groupFigures(result));
  try {
    await writeWhole(path, text);
    await writeWhole(join(directory, 'fidelity.csv'), fidelityCsv(result));
  } catch (cause) {
    throw new ServingError({
      code: 'OUTPUT_UNWRITABLE',
      message: 'cannot write the page of the comparison',
      place: directory,
      found: cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause),
      next: 'make the folder writable, or copy fidelity.json to another one',
      cause,
    });
  }
  return path;
}

async function groupFigures({ cells }: FidelityResult): Promise<GroupFigures[]> {
  const drawn: GroupFigures[] = [];
  for (const [index, group] of [...new Set(cells.map((cell) => cell.group))].entries()) {
    const members = cells.filter((cell) => cell.group === group);
    const prefix = `group-${index + 1}`;
    const distributions = distributionFigure(members, prefix);
    const { figures, constant } = timeFigures(members, prefix);
    // One after the other: drawing is one thread's work, and all at once would only hold more memory.
    const [first] = distributions === null ? [null] : await rendered([distributions]);
    drawn.push({ group, distributions: first, overTime: await rendered(figures), constant });
  }
  return drawn;
}

async function rendered(figures: readonly Figure[]): Promise<RenderedFigure[]> {
  const done: RenderedFigure[] = [];
  for (const figure of figures) done.push(await renderFigure(figure));
  return done;
}
