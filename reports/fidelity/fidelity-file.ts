/** Reads `fidelity.json`: the shape is checked, because a page is made from it that people believe. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FIDELITY_QUANTITIES, FIDELITY_VERDICTS, FIDELITY_VERSION } from '../../core/index.ts';
import type { FidelityResult } from '../../core/index.ts';
import { environmentShape, intervalShape, pathText } from '../result-schema.ts';
import { readVersioned } from '../versioned-file.ts';

export const FIDELITY_FILE = 'fidelity.json';

const count = z.number().int().nonnegative();
const maybe = z.number().nullable();
const column = z.array(z.number());
const maybeColumn = z.array(maybe);
const quantity = z.enum(FIDELITY_QUANTITIES.map(({ name }) => name));
const verdict = z.enum(FIDELITY_VERDICTS);
const cdf = z.object({ latencyMs: column, share: column });

const comparisonShape = z.object({
  quantity,
  simulated: intervalShape,
  live: intervalShape,
  difference: intervalShape,
  limit: maybe,
  liveNoise: maybe,
  verdict,
  remark: z.string(),
});

const seriesShape = z.object({
  binS: z.number().positive(),
  attainmentPercent: maybeColumn,
  latencyP99Ms: maybeColumn,
  answeredRps: maybeColumn,
  queuedInputs: maybeColumn,
  workersReady: maybeColumn,
});

const cellShape = z.object({
  label: z.string(),
  group: z.string(),
  loadPercent: maybe,
  pairs: count,
  answeredMin: count,
  comparisons: z.array(comparisonShape),
  cdf: z.object({ simulated: cdf, live: cdf }),
  series: z.object({ simulated: seriesShape, live: seriesShape }).nullable(),
  notes: z.array(z.string()),
});

const summaryShape = z.object({
  verdict: z.enum(['met', 'missed', 'undecided']),
  tallies: z.array(
    z.object({
      quantity,
      judged: count,
      within: count,
      withinHalf: count,
      withinNoise: count,
      missed: count,
      unknown: count,
      largest: maybe,
      mean: maybe,
    }),
  ),
  attainmentMeanWithin: z.boolean().nullable(),
  worst: z.array(
    z.object({
      group: z.string(),
      cell: z.string(),
      quantity,
      difference: z.number(),
      limit: z.number(),
      verdict,
    }),
  ),
});

const fidelityShape = z.object({
  version: z.literal(FIDELITY_VERSION),
  name: z.string(),
  question: z.string(),
  bar: z.object({
    attainmentPointsMax: z.number(),
    attainmentPointsMeanMax: z.number(),
    latencyShareMax: z.number(),
    latencyUpToLoadPercent: z.number(),
  }),
  confidence: z.number(),
  summary: summaryShape,
  cells: z.array(cellShape),
  leftOut: z.array(
    z.object({
      group: z.string(),
      cell: z.string(),
      world: z.enum(['simulated', 'live']),
      replication: count,
      problem: z.object({ code: z.string(), message: z.string(), advice: z.string() }),
    }),
  ),
  excluded: z.array(
    z.object({ what: z.string(), where: z.enum(['live only', 'simulated only', 'in neither']), why: z.string() }),
  ),
  notes: z.array(z.string()),
  environment: environmentShape,
  command: z.string(),
});

/** Whether a folder has a comparison. */
export function holdsFidelity(directory: string): boolean {
  return existsSync(join(directory, FIDELITY_FILE));
}

/** The comparison in a folder. Throws a `ServingError` that names the file, what is wrong and what to do. */
export async function readFidelity(directory: string): Promise<FidelityResult> {
  return readVersioned(directory, {
    name: FIDELITY_FILE,
    noun: 'comparison',
    version: FIDELITY_VERSION,
    runAgain: 'compare the two results again with `rehearse fidelity`',
    nameFolder: 'name the output folder of `rehearse fidelity`',
    check: (data) => {
      const parsed = fidelityShape.safeParse(data);
      if (parsed.success) return { ok: true, content: parsed.data satisfies FidelityResult };
      const [{ path, message }] = parsed.error.issues;
      return { ok: false, fault: { path: pathText(path), message } };
    },
  });
}
