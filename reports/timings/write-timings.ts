/**
 * Writes timings and their reports into a folder: each file under another name and renamed when whole, `timings.json`
 * first, since all others can be made from it again.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ServingError } from '../../core/index.ts';
import type { TimingsComparison, TimingsPhaseName, TimingsResult } from '../../core/index.ts';
import { renderFigure } from '../render-figure.ts';
import type { RenderedFigure } from '../render-figure.ts';
import { writeWhole } from '../write-whole.ts';
import { comparisonPage } from './comparison-page.ts';
import { histograms } from './histograms.ts';
import { comparisonCsv, samplesCsv, summaryCsv } from './timings-csv.ts';
import { TIMINGS_FILE, readTimings } from './timings-file.ts';
import { timingsPage } from './timings-page.ts';

/** @returns the path of the page. @throws ServingError OUTPUT_UNWRITABLE. */
export async function writeTimings(directory: string, result: TimingsResult): Promise<string> {
  await writeAll(directory, TIMINGS_FILE, () => Promise.resolve([[TIMINGS_FILE, `${JSON.stringify(result)}\n`]]));
  return writeReports(directory, result);
}

/**
 * Makes the page and the tables of a folder again, from its `timings.json`.
 * @returns the path of the page. @throws ServingError OUTPUT_UNWRITABLE, and those of `readTimings`.
 */
export async function writeTimingsReport(directory: string): Promise<string> {
  return writeReports(directory, await readTimings(directory));
}

async function writeReports(directory: string, result: TimingsResult): Promise<string> {
  const drawn = async (phase: TimingsPhaseName): Promise<RenderedFigure[]> => {
    const figures: RenderedFigure[] = [];
    // One after the other: drawing is one thread's work.
    for (const figure of histograms(result, phase)) figures.push(await renderFigure(figure));
    return figures;
  };
  return writeAll(directory, 'timings.html', async () => [
    ['timings.csv', samplesCsv(result)],
    ['summary.csv', summaryCsv(result)],
    ['timings.html', timingsPage(result, { init: await drawn('init'), handle: await drawn('handle') })],
  ]);
}

/** @returns the path of the page. @throws ServingError OUTPUT_UNWRITABLE. */
export async function writeTimingsComparison(directory: string, comparison: TimingsComparison): Promise<string> {
  return writeAll(directory, 'comparison.html', () =>
    Promise.resolve([
      ['comparison.json', `${JSON.stringify(comparison, null, 1)}\n`],
      ['comparison.csv', comparisonCsv(comparison)],
      ['comparison.html', comparisonPage(comparison)],
    ]),
  );
}

async function writeAll(
  directory: string,
  main: string,
  make: () => Promise<readonly (readonly [name: string, text: string])[]>,
): Promise<string> {
  const files = await make();
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, text] of files) await writeWhole(join(directory, name), text);
  } catch (cause) {
    throw new ServingError({
      code: 'OUTPUT_UNWRITABLE',
      message: 'cannot write the timings',
      place: directory,
      found: cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause),
      next: 'name another folder with --out',
      cause,
    });
  }
  return join(directory, main);
}
