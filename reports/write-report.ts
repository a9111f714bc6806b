/**
 * Makes the report of a result folder from its `result.json` alone: `report.html`, `summary.csv` and the figures.
 * Every file is written under another name and renamed when whole, so that nobody ever reads half of one, and a
 * figure that the result no longer has is removed.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ServingError } from '../core/index.ts';
import type { ExperimentResult } from '../core/index.ts';
import { summaryCsv } from './csv.ts';
import { FIGURE_IDS, figuresOf } from './figures/all-figures.ts';
import { renderHtml } from './html.ts';
import { renderFigure, standaloneSvg } from './render-figure.ts';
import type { RenderedFigure } from './render-figure.ts';
import { readResult } from './result-file.ts';
import { writeWhole } from './write-whole.ts';

/**
 * Writes the report beside the result.
 *
 * @param directory - the output folder of a run
 * @returns the paths of the files written
 * @throws ServingError when there is no usable result, or the folder cannot be written to
 */
export async function writeReport(directory: string): Promise<string[]> {
  const result = await readResult(directory);
  const files = await reportFiles(result);
  try {
    await mkdir(join(directory, 'figures'), { recursive: true });
    for (const { name, text } of files) await writeWhole(join(directory, name), text);
    await removeStaleFigures(directory, new Set(files.map(({ name }) => name)));
  } catch (cause) {
    throw new ServingError({
      code: 'OUTPUT_UNWRITABLE',
      message: 'cannot write the report',
      place: directory,
      found: cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause),
      next: 'make the folder writable, or copy result.json to another one',
      cause,
    });
  }
  return files.map(({ name }) => join(directory, name));
}

interface ReportFile {
  readonly name: string;
  readonly text: string;
}

async function reportFiles(result: ExperimentResult): Promise<ReportFile[]> {
  const figures: RenderedFigure[] = [];
  // One after the other: drawing is one thread's work, and all at once would only hold more memory.
  for (const figure of figuresOf(result)) figures.push(await renderFigure(figure));
  return [
    { name: 'report.html', text: renderHtml(result, figures) },
    { name: 'summary.csv', text: summaryCsv(result) },
    ...figures.map((figure) => ({ name: figureName(figure.id), text: standaloneSvg(figure) })),
  ];
}

async function removeStaleFigures(directory: string, written: ReadonlySet<string>): Promise<void> {
  const stale = FIGURE_IDS.map(figureName).filter((name) => !written.has(name));
  for (const name of stale) await rm(join(directory, name), { force: true });
}

function figureName(id: string): string {
  return `figures/${id}.svg`;
}
