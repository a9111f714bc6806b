/**
 * Loads a timings config from its YAML file: defaults filled in, names and files looked up. All that is wrong is told
 * at once, by line. Models are neither built nor loaded here.
 */
import { basename, dirname, extname, resolve } from 'node:path';
import { ServingErrors, formatDuration } from '../../../core/index.ts';
import { ConfigReader } from '../../config/config-reader.ts';
import { inOrder } from '../../config/load-config.ts';
import { parseYamlFile } from '../../config/parse-yaml.ts';
import { resolveModel } from './resolve-model.ts';
import { modelSchema, modelWords, timingsShape, timingsWords } from './schema.ts';
import type { SubjectConfig, TimingsConfig } from './timings-config.ts';

export interface TimingsOverrides {
  readonly seed?: string | undefined;
}

/**
 * @throws {ServingErrors} with every mistake, sorted by line; codes begin with `CONFIG_` or `CATALOGUE_`.
 *
 * @example
 * const config = loadTimingsConfig('experiments/configs/timings/small.yaml');
 */
export function loadTimingsConfig(path: string, { seed: ownSeed }: TimingsOverrides = {}): TimingsConfig {
  const file = resolve(path);
  const { data, locate } = parseYamlFile(file);
  const reader = new ConfigReader(data, dirname(file), locate);
  if (!reader.isMap([], timingsWords.what)) throw new ServingErrors(reader.errors);
  reader.refuseOthers([...Object.keys(timingsShape), 'models'], []);
  const subjects = readSubjects(reader);
  const settings = readSettings(reader);
  if (reader.errors.length > 0 || settings === undefined) throw new ServingErrors(inOrder(reader.errors));
  const name = settings.name ?? basename(file, extname(file)).replaceAll(/[^A-Za-z0-9._-]+/g, '-');
  const config = { ...settings, file, name, seed: ownSeed ?? settings.seed, subjects };
  return { ...config, resolved: resolvedOf(config) };
}

type Settings = Omit<TimingsConfig, 'file' | 'name' | 'subjects' | 'resolved'> & { readonly name: string | undefined };

function readSettings(reader: ConfigReader): Settings | undefined {
  const name = reader.read(timingsShape.name, ['name']);
  const question = reader.read(timingsShape.question, ['question']);
  const seed = reader.read(timingsShape.seed, ['seed']);
  const measure = reader.read(timingsShape.measure, ['measure']);
  const hardware = reader.read(timingsShape.hardware, ['hardware']);
  const threads = reader.read(timingsShape.threads, ['threads']);
  const init = reader.read(timingsShape.init, ['init']);
  const handle = reader.read(timingsShape.handle, ['handle']);
  const micro = reader.read(timingsShape.micro, ['micro']);
  if (handle !== undefined && handle.requests % handle.turns !== 0) {
    reader.refuse(['handle', 'requests'], `a multiple of the ${handle.turns} turns, so that all turns are alike`);
  }
  if (question === undefined || seed === undefined || measure === undefined) return undefined;
  if (hardware === undefined || threads === undefined) return undefined;
  if (init === undefined || handle === undefined || micro === undefined) return undefined;
  const { requests, every: everyNs, batch, delay: delayNs, turns } = handle;
  return {
    name,
    question,
    seed: String(seed),
    measure: [...new Set(measure)],
    hardware: [...new Set(hardware)].map((each, index) => ({ name: each, place: reader.locate(['hardware', index]) })),
    threads: [...new Set(threads)],
    init: { processes: init.processes, percentiles: ascending(init.percentiles) },
    handle: { requests, everyNs, batch, delayNs, turns, percentiles: ascending(handle.percentiles) },
    micro: { rounds: micro.rounds, timeNs: micro.time },
  };
}

function readSubjects(reader: ConfigReader): SubjectConfig[] {
  const paths = reader.entries(['models'], modelWords.what);
  if (reader.at(['models']) === undefined || (paths.length === 0 && Array.isArray(reader.at(['models'])))) {
    reader.refuse(['models'], modelWords.what);
  }
  const subjects: SubjectConfig[] = [];
  for (const path of paths) {
    const entry = reader.read(modelSchema, path);
    if (entry === undefined) continue;
    for (const subject of resolveModel(reader, path, entry)) {
      const twin = subjects.find(({ name }) => name === subject.name);
      if (twin === undefined) subjects.push(subject);
      else {
        const next = 'give one of them another name:';
        const message = 'is called like another model';
        reader.fail(path, { code: 'CONFIG_SAME_NAME', message, found: `${subject.name}, as at ${twin.place}`, next });
      }
    }
  }
  return subjects;
}

function ascending(percents: readonly number[]): number[] {
  return [...new Set(percents)].sort((a, b) => a - b);
}

/** The config as plain data: what it says, without where it was written. */
function resolvedOf(config: Omit<TimingsConfig, 'resolved'>): unknown {
  const { name, question, seed, measure, subjects, hardware, threads, init, handle, micro } = config;
  const { everyNs, delayNs, ...counts } = handle;
  return {
    name,
    question,
    seed,
    measure,
    models: subjects.map(({ name: subject, source, handler, images }) => ({
      name: subject,
      source: source.kind === 'catalogue' ? { kind: source.kind, sha256: source.sha256 } : source,
      handler,
      images: images.kind === 'folder' ? { folder: images.folder, files: images.files.length } : images,
    })),
    hardware: hardware.map((each) => each.name),
    threads,
    init,
    handle: { ...counts, every: formatDuration(everyNs), delay: formatDuration(delayNs) },
    micro: { rounds: micro.rounds, time: formatDuration(micro.timeNs) },
  };
}
