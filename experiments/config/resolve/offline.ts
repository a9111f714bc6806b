/** Reads `offline:` and checks its names against the catalogue. */
import type { ValuePath } from '../../../backends/index.ts';
import type { Catalogue, OfflineJob, OfflinePlan, ThrottleOptions } from '../../../core/index.ts';
import { NEVER, formatDuration } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import {
  JOBS_WHAT,
  NO_THROTTLE,
  jobShape,
  jobWords,
  offlineShape,
  offlineWords,
  throttleShape,
  throttleWords,
} from '../schema/offline.ts';

const PATH = ['offline'];
const THROTTLE = ['offline', 'throttle'];
const JOBS = ['offline', 'jobs'];

/** Null without offline work; undefined when something in it is wrong. */
export function readOffline(reader: ConfigReader, catalogue: Catalogue | undefined): OfflinePlan | null | undefined {
  if (reader.at(PATH) === undefined) return null;
  if (!reader.isMap(PATH, offlineWords.what)) return undefined;
  reader.refuseOthers(Object.keys(offlineShape), PATH);
  const throttle = readThrottle(reader);
  const framework = reader.read(offlineShape.framework, [...PATH, 'framework']) ?? '';
  const given = reader.at(JOBS);
  if (given === undefined || (Array.isArray(given) && given.length === 0)) reader.refuse(JOBS, JOBS_WHAT);
  const jobs = reader.entries(JOBS, JOBS_WHAT).map((path) => readJob(reader, path));
  for (const [index, job] of jobs.entries()) {
    if (job === undefined) continue;
    const same = jobs.findIndex((other) => other?.name === job.name);
    if (same < index) reader.refuse([...JOBS, index, 'name'], 'a name of its own');
    if (catalogue !== undefined) checkNames(reader, [...JOBS, index], { job, catalogue, framework });
  }
  const known = jobs.filter((job) => job !== undefined);
  return throttle === undefined || known.length < jobs.length ? undefined : { throttle, framework, jobs: known };
}

function readThrottle(reader: ConfigReader): ThrottleOptions | undefined {
  const given = reader.at(THROTTLE);
  if (given === NO_THROTTLE) return { utilisation: Infinity, flagged: false };
  if (given === undefined) return { utilisation: throttleShape.utilisation.parse(undefined) / 100, flagged: true };
  const { utilisation, flagged } = reader.readKeys(throttleShape, THROTTLE, throttleWords.what);
  if (utilisation === undefined || flagged === undefined) return undefined;
  return { utilisation: utilisation / 100, flagged };
}

function readJob(reader: ConfigReader, path: ValuePath): OfflineJob | undefined {
  const entry = reader.readKeys(jobShape, path, jobWords.what);
  const { name, files, at: atNs, batch, attempts: attemptsMax, architecture = '', variant = '' } = entry;
  const isMap = typeof reader.at(path) === 'object';
  const named = reader.at([...path, 'architecture']) !== undefined;
  if (isMap && named === (reader.at([...path, 'variant']) !== undefined)) {
    reader.refuse([...path, named ? 'variant' : 'architecture'], 'an architecture or a variant, one of the two');
  }
  if (name === undefined || files === undefined || atNs === undefined) return undefined;
  if (batch === undefined || attemptsMax === undefined) return undefined;
  const cancelNs = entry.cancel ?? NEVER;
  if (cancelNs < atNs) reader.refuse([...path, 'cancel'], `a time not before at, ${formatDuration(atNs)}`);
  return { name, architecture, variant, files, atNs, cancelNs, batch, attemptsMax };
}

interface NamedJob {
  readonly job: OfflineJob;
  readonly catalogue: Catalogue;
  readonly framework: string;
}

/** A name that nothing has is a mistake; a model that no CPU runs is not: the job fails, which is worth a note. */
function checkNames(reader: ConfigReader, path: ValuePath, { job, catalogue, framework }: NamedJob): void {
  const { variants } = catalogue;
  if (job.variant !== '' && catalogue.variantNamed(job.variant) < 0) {
    const known = variants.map(({ name }) => name);
    return reader.unknownName([...path, 'variant'], 'selected variant', { name: job.variant, known });
  }
  const found = job.variant === '' ? catalogue.ofArchitecture(job.architecture) : [catalogue.variantNamed(job.variant)];
  if (found.length === 0 && job.architecture !== '') {
    const known = [...new Set(catalogue.listed.map((index) => variants[index].architecture))];
    return reader.unknownName([...path, 'architecture'], 'selected architecture', { name: job.architecture, known });
  }
  const onCpu = found.map((index) => variants[index]).filter(({ hardware }) => hardware === 'cpu');
  if (onCpu.some((variant) => framework === '' || variant.framework === framework)) return;
  const what = framework === '' ? 'on cpu' : `on cpu with ${framework}`;
  if (found.length > 0) reader.note(path, `no selected variant runs offline job ${job.name} ${what}: it will fail`);
}
