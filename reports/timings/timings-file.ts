/** Reads `timings.json`, whose shape is checked before a report or a comparison is made from it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { TIMINGS_PARTS, TIMINGS_VERSION } from '../../core/index.ts';
import type { TimingsPhaseName, TimingsResult } from '../../core/index.ts';
import { readVersioned } from '../versioned-file.ts';

export const TIMINGS_FILE = 'timings.json';

const maybe = z.number().nullable();
const counts = z.record(z.string(), z.number());
const column = z.array(z.number());

const estimate = z.object({ valueMs: z.number(), lowMs: maybe, highMs: maybe });

const part = z.object({
  part: z.string(),
  samples: z.number(),
  mean: estimate,
  minMs: z.number(),
  maxMs: z.number(),
  percentiles: z.array(z.object({ percent: z.number(), estimate: estimate.nullable(), needed: z.number() })),
});

const phase = (name: TimingsPhaseName) =>
  z
    .object({
      units: z.number(),
      unitsWanted: z.number(),
      failed: counts,
      samples: z
        .object({ unit: column, batch: column, batchInputs: column, partsMs: z.record(z.string(), column) })
        .refine(
          ({ unit, batch, batchInputs, partsMs }) =>
            [batch, batchInputs, ...TIMINGS_PARTS[name].map((info) => partsMs[info.name])].every(
              (each) => each?.length === unit.length,
            ),
          { error: 'columns of different lengths' },
        ),
      parts: z.array(part),
    })
    .nullable();

const rule = z.array(z.object({ percent: z.number(), needed: z.number() }));

const shape = z.object({
  version: z.literal(TIMINGS_VERSION),
  kind: z.literal('timings'),
  name: z.string(),
  question: z.string(),
  config: z.unknown(),
  configHash: z.string(),
  seed: z.string(),
  command: z.string(),
  environment: z.object({
    rehearse: z.string(),
    node: z.string(),
    v8: z.string(),
    platform: z.string(),
    cpu: z.string(),
    cores: z.number(),
    startedAt: z.string(),
    wallS: z.number(),
  }),
  stamp: z.record(z.string(), z.string()),
  complete: z.boolean(),
  verdict: z.object({
    valid: z.boolean(),
    problems: z.array(z.object({ code: z.string(), message: z.string(), advice: z.string() })),
    notes: z.array(z.string()),
  }),
  rules: z.object({
    percentiles: z.object({ init: rule, handle: rule }),
    confidence: z.number(),
    resamples: z.number(),
    unitsMin: z.number(),
  }),
  noise: z.object({
    kernelMs: column,
    spreadPercent: maybe,
    limitPercent: z.number(),
    othersPercent: maybe,
    stealPercent: maybe,
  }),
  subjects: z.array(
    z.object({
      name: z.string(),
      model: z.string(),
      precision: z.string(),
      origin: z.string(),
      file: z.string(),
      sha256: z.string(),
      bytes: z.number(),
      handler: z.string(),
      images: z.string(),
    }),
  ),
  cells: z.array(
    z.object({
      cell: z.number(),
      label: z.string(),
      subject: z.string(),
      model: z.string(),
      precision: z.string(),
      hardware: z.string(),
      threads: z.number(),
      init: phase('init'),
      handle: phase('handle'),
    }),
  ),
  micro: z.array(
    z.object({
      name: z.string(),
      doc: z.string(),
      samples: z.number(),
      rounds: z.number(),
      roundsNeeded: z.number(),
      medianUs: z.number(),
      lowUs: maybe,
      highUs: maybe,
      p99Us: maybe,
      p99Needed: z.number(),
    }),
  ),
});

/** Whether a folder has timings. */
export function holdsTimings(directory: string): boolean {
  return existsSync(join(directory, TIMINGS_FILE));
}

/** The result in a folder. Throws a `ServingError` that names the file, what is wrong and what to do. */
export async function readTimings(directory: string): Promise<TimingsResult> {
  return readVersioned(directory, {
    name: TIMINGS_FILE,
    noun: 'timing',
    version: TIMINGS_VERSION,
    runAgain: 'run `rehearse timings` again',
    nameFolder: 'name the output folder of `rehearse timings`',
    check: (data) => {
      const checked = shape.safeParse(data);
      if (checked.success) return { ok: true, content: checked.data };
      const [{ path, message }] = checked.error.issues;
      return { ok: false, fault: { path: path.join('.'), message } };
    },
  });
}
