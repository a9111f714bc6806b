/** Loads a matrix: builds the models of the zoo that it names, then loads the config of each scenario. */
import { statSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import type { z } from 'zod';
import { ServingError, ServingErrors } from '../../../core/index.ts';
import { buildZooModel } from '../../../backends/index.ts';
import { ConfigReader } from '../../config/config-reader.ts';
import type { ExperimentConfig } from '../../config/experiment-config.ts';
import { inOrder, loadConfig } from '../../config/load-config.ts';
import { parseYamlFile } from '../../config/parse-yaml.ts';
import type { MatrixArrivals, MatrixConfig } from './matrix-config.ts';
import { matrixShape, matrixWords } from './schema.ts';

/**
 * @param told what is being done, for a user who waits for large models.
 * @throws ServingErrors with every mistake of the file, or of the scenarios; what `buildZooModel` throws.
 */
export async function loadMatrix(path: string, told: (text: string) => void = () => undefined): Promise<MatrixConfig> {
  const file = resolve(path);
  const { data, locate } = parseYamlFile(file);
  const reader = new ConfigReader(data, dirname(file), locate);
  const raw = reader.readKeys(matrixShape, [], matrixWords.what);
  checkLoads(reader, raw);
  checkArrivals(reader, raw.arrivals ?? []);
  checkFiles(reader, raw.scenarios ?? []);
  if (reader.errors.length > 0) throw new ServingErrors(inOrder(reader.errors));
  // Without errors every key that has no default was read.
  const matrix = raw as { readonly [Key in keyof typeof matrixShape]: z.output<(typeof matrixShape)[Key]> };
  for (const { network, precision } of matrix.zoo?.models ?? []) {
    told(`building ${network} ${precision}`);
    await buildZooModel({ network, precision, folder: resolve(reader.folder, matrix.zoo?.folder ?? '') });
  }
  const scenarios = await loadScenarios(reader, matrix.scenarios);
  const { profile } = matrix;
  return {
    name: matrix.name ?? basename(file, extname(file)),
    question: matrix.question,
    seed: String(matrix.seed),
    rounds: matrix.rounds,
    confidence: matrix.confidence,
    loadsPercent: matrix.loads.toSorted((a, b) => a - b),
    calibrationLoadPercent: matrix.calibration_load,
    durationNs: matrix.duration,
    warmUpNs: matrix.warm_up,
    capacityNs: matrix.capacity,
    calibrationNs: matrix.calibration,
    arrivals: matrix.arrivals.map(arrivalsOf),
    profile: {
      batches: profile.batches,
      gapsNs: profile.gaps,
      samples: profile.samples,
      cellBudgetNs: profile.cell_budget,
    },
    scenarios,
  };
}

type RawArrivals = z.output<(typeof matrixShape)['arrivals']>[number];

function arrivalsOf(raw: RawArrivals): MatrixArrivals {
  if (raw.kind === 'poisson') return raw;
  const { name, kind, height, every: everyNs, lasts: lastsNs } = raw;
  return { name, kind, height, everyNs, lastsNs };
}

function checkLoads(
  reader: ConfigReader,
  {
    loads = [],
    calibration_load: calibration,
    duration = 0,
    warm_up: warmUp = 0,
  }: Partial<Record<string, unknown>> & {
    readonly loads?: readonly number[] | undefined;
    readonly calibration_load?: number | undefined;
    readonly duration?: number | undefined;
    readonly warm_up?: number | undefined;
  },
): void {
  for (const at of repeated(loads)) reader.refuse(['loads', at], 'loads that differ');
  if (calibration !== undefined && loads.includes(calibration)) {
    reader.refuse(['calibration_load'], 'a load that is not among `loads`: a calibration is judged on others');
  }
  if (duration > 0 && warmUp >= duration) reader.refuse(['warm_up'], 'less than the duration');
}

async function loadScenarios(reader: ConfigReader, paths: readonly string[]): Promise<readonly ExperimentConfig[]> {
  const scenarios: ExperimentConfig[] = [];
  const errors: ServingError[] = [];
  for (const [index, path] of paths.entries()) {
    try {
      const config = await loadConfig(resolve(reader.folder, path), { live: true });
      checkScenario(config, reader.locate(['scenarios', index]));
      scenarios.push(config);
    } catch (error) {
      if (error instanceof ServingErrors) errors.push(...error.errors);
      else if (error instanceof ServingError) errors.push(error);
      else throw error;
    }
  }
  const names = scenarios.map(({ name }) => name);
  for (const at of repeated(names)) {
    const complaint = { code: 'CONFIG_MATRIX', message: 'two scenarios have the same name', found: names[at] };
    errors.push(
      new ServingError({ ...complaint, place: reader.locate(['scenarios']), expected: 'a name of its own for each' }),
    );
  }
  if (errors.length > 0) throw new ServingErrors(errors);
  return scenarios;
}

/** Places of what stands in a list before. */
function repeated(values: readonly unknown[]): readonly number[] {
  return values.flatMap((value, index) => (values.indexOf(value) < index ? [index] : []));
}

/** Before models are built, which may take minutes. */
function checkFiles(reader: ConfigReader, paths: readonly string[]): void {
  for (const [index, path] of paths.entries()) {
    const isFile = statSync(resolve(reader.folder, path), { throwIfNoEntry: false })?.isFile() ?? false;
    if (!isFile) reader.refuse(['scenarios', index], 'an experiment config that exists, relative to this file');
  }
}

/** Names tell arrivals apart, and between bursts something must be left to arrive. */
function checkArrivals(reader: ConfigReader, arrivals: readonly RawArrivals[]): void {
  for (const at of repeated(arrivals.map(({ name }) => name))) {
    reader.refuse(['arrivals', at, 'name'], 'a name that no other arrivals have');
  }
  for (const [index, entry] of arrivals.entries()) {
    if (entry.kind !== 'bursts' || entry.height * entry.lasts < entry.every) continue;
    reader.refuse(['arrivals', index, 'height'], 'less than every / lasts, or nothing arrives between the bursts');
  }
}

function checkScenario(config: ExperimentConfig, place: string): void {
  const refusal = (message: string, found: string, expected: string): ServingError =>
    new ServingError({ code: 'CONFIG_MATRIX', place, message: `${config.name} ${message}`, found, expected });
  const sets = config.points[0].policies.length;
  if (config.points.length > 1)
    throw refusal('sweeps a grid', `${config.points.length} points`, 'a config without grid');
  if (sets > 1) throw refusal('compares policies', `${sets} policy sets`, 'a config with one');
  const { workload } = config.points[0].scenario;
  if (workload.queries.length === 0) throw refusal('asks for nothing', 'no queries', 'at least one');
}
