/** Reads `offline:` and checks its names against the catalogue. */
import type { ValuePath } from '../../../backends/index.ts';
import type { Catalogue, OfflineJob, OfflinePlan, ThrottleOptions, Variant } from '../../../core/index.ts';
import { NEVER, formatDuration } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import { oneOf } from '../shape-errors.ts';
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
  const given = reader.read(offlineShape.framework, [...PATH, 'framework']) ?? '';
  const framework = catalogue === undefined || isFrameworkKnown(reader, given, catalogue) ? given : '';
  const list = reader.at(JOBS);
  if (list === undefined || (Array.isArray(list) && list.length === 0)) reader.refuse(JOBS, JOBS_WHAT);
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

/** Complains about a framework that no selected variant on CPU has; without one, every framework will do. */
function isFrameworkKnown(reader: ConfigReader, name: string, { variants }: Catalogue): boolean {
  const known = [...new Set(variants.filter(isOnCpu).map(({ framework }) => framework))];
  if (name === '' || known.includes(name)) return true;
  reader.unknownName([...PATH, 'framework'], 'framework of a selected cpu variant', { name, known });
  return false;
}

/** A name that nothing has is a mistake, and so is a model that no CPU runs: its job could only fail. */
function checkNames(reader: ConfigReader, path: ValuePath, { job, catalogue, framework }: NamedJob): void {
  const { variants } = catalogue;
  if (job.variant !== '' && catalogue.variantNamed(job.variant) < 0) {
    const known = variants.map(({ name }) => name);
    return reader.unknownName([...path, 'variant'], 'selected variant', { name: job.variant, known });
  }
  const found = job.variant === '' ? catalogue.ofArchitecture(job.architecture) : [catalogue.variantNamed(job.variant)];
  const listed = catalogue.listed.map((index) => variants[index]);
  if (found.length === 0 && job.architecture !== '') {
    const known = [...new Set(listed.map(({ architecture }) => architecture))];
    return reader.unknownName([...path, 'architecture'], 'selected architecture', { name: job.architecture, known });
  }
  const runs = (variant: Variant): boolean => isOnCpu(variant) && (framework === '' || variant.framework === framework);
  const own = found.map((index) => variants[index]);
  if (own.length === 0 || own.some(runs)) return;
  const key = job.variant === '' ? 'architecture' : 'variant';
  const able = [...new Set(listed.filter(runs).map((variant) => (key === 'variant' ? variant.name : variant[key])))];
  reader.fail([...path, key], {
    code: 'CONFIG_OFFLINE',
    message: `has no selected variant that runs on cpu${framework === '' ? '' : ` with ${framework}`}`,
    found: `${key === 'variant' ? job.variant : job.architecture}, which runs as ${own.map(runtimeOf).join(', ')}`,
    expected: able.length > 0 ? oneOf(able) : `a catalogue with such a variant`,
  });
}

function isOnCpu({ hardware }: Variant): boolean {
  return hardware === 'cpu';
}

function runtimeOf({ name, framework, hardware }: Variant): string {
  return `${name} (${framework} on ${hardware})`;
}
