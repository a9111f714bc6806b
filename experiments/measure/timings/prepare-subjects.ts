/**
 * Makes the models of a config ready to be timed: networks of the zoo are written, and every model is loaded and given
 * a full batch on each hardware, in an engine process, before anything is measured. What a model refuses is told for
 * all models at once, at its place in the config.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  Engines,
  Handlers,
  aligned,
  buildZooModel,
  builtInHandlers,
  elementBytes,
  elementCount,
} from '../../../backends/index.ts';
import type { Handler, HandlerModel, LoadReport, TensorPlace } from '../../../backends/index.ts';
import type { TensorSpec } from '../../../core/index.ts';
import { ServingError, ServingErrors, seconds } from '../../../core/index.ts';
import { imagesInWords, loadImages } from './images.ts';
import type { ImagesConfig, SubjectConfig, TimingsConfig } from './timings-config.ts';

/** A model whose file is there and which has run a full batch. */
export interface Subject {
  readonly config: SubjectConfig;
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly precision: string;
  readonly labels: readonly string[] | undefined;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly handler: Handler;
  /** The bytes of what its requests carry, at least one; none when requests are not measured. */
  readonly images: readonly Uint8Array[];
  readonly imagesText: string;
}

/** A model that takes longer to load, or to run one batch, is refused. */
const TRIAL_TIMEOUT_NS = seconds(300);
/** Images of a user's folder may be large, but not without bounds. */
const IMAGE_LIMITS = { maxPixels: 100_000_000, maxSeconds: 30 };

export interface PrepareOptions {
  /** Where models of the zoo are kept between runs. */
  readonly modelsFolder: string;
  readonly signal?: AbortSignal | undefined;
  /** Told which subject is looked at. */
  readonly onSubject?: (name: string) => void;
}

/** @throws {ServingErrors} TIMINGS_MODEL for every model that cannot be loaded or refuses the batch; those of the zoo. */
export async function prepareSubjects(config: TimingsConfig, options: PrepareOptions): Promise<Subject[]> {
  const subjects: Subject[] = [];
  const errors: ServingError[] = [];
  const handlers = new Handlers(builtInHandlers(IMAGE_LIMITS));
  const loaded = new Map<ImagesConfig, readonly Uint8Array[]>();
  for (const subject of config.subjects) {
    if (options.signal?.aborted === true) break;
    options.onSubject?.(subject.name);
    try {
      subjects.push(await prepared(subject, config, { ...options, handlers, loaded }));
    } catch (error) {
      if (!(error instanceof ServingError) || error.code === 'BUILD_MISSING' || error.code === 'BUILD_STALE')
        throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new ServingErrors(errors);
  return subjects;
}

async function prepared(
  subject: SubjectConfig,
  config: TimingsConfig,
  {
    modelsFolder,
    handlers,
    loaded,
  }: PrepareOptions & {
    readonly handlers: Handlers;
    /** Precisions of one network share theirs. */
    readonly loaded: Map<ImagesConfig, readonly Uint8Array[]>;
  },
): Promise<Subject> {
  const handler = handlers.named(subject.handler);
  const file = await fileOf(subject, modelsFolder);
  const reports: LoadReport[] = [];
  for (const { name: hardware } of config.hardware) reports.push(await tried(subject, file, { hardware, config }));
  const [{ inputs, outputs, batches }] = reports;
  const { requests: most } = config.handle;
  const wantsImages = config.measure.includes('handle');
  const images = wantsImages
    ? (loaded.get(subject.images) ?? (await loadImages(subject.images, config.seed, { most })))
    : [];
  loaded.set(subject.images, images);
  const model = { name: subject.name, inputs, outputs, batches, maxBatch: 1, labels: file.labels };
  if (images.length > 0) await checkImages(subject, { handler, model, images });
  return {
    config: subject,
    ...file,
    inputs,
    outputs,
    handler,
    images,
    imagesText: imagesInWords(subject.images, images),
  };
}

/** Every image is preprocessed once: a damaged one is told before a run of minutes, not in the middle. */
async function checkImages(
  { place, name, images: config }: SubjectConfig,
  {
    handler,
    model,
    images,
  }: { readonly handler: Handler; readonly model: HandlerModel; readonly images: readonly Uint8Array[] },
): Promise<void> {
  for (const [index, bytes] of images.entries()) {
    try {
      await handler.preprocess([{ name: '', contentType: '', bytes }], model);
    } catch (cause) {
      if (!(cause instanceof ServingError)) throw cause;
      const file = config.kind === 'folder' ? ` ${config.files[index]}` : '';
      const message = `${name}: the handler ${handler.name} does not take the image${file}: ${cause.parts.message}`;
      const { found, expected } = cause.parts;
      throw new ServingError({
        code: 'TIMINGS_IMAGES',
        place,
        message,
        ...(found === undefined ? {} : { found }),
        ...(expected === undefined ? {} : { expected }),
        cause,
      });
    }
  }
}

type ModelFile = Pick<Subject, 'path' | 'sha256' | 'bytes' | 'precision' | 'labels'>;

async function fileOf({ source, place }: SubjectConfig, modelsFolder: string): Promise<ModelFile> {
  if (source.kind === 'zoo') {
    const { network, precision } = source;
    const { path, sha256, bytes } = await buildZooModel({ network, precision, folder: modelsFolder });
    return { path, sha256, bytes, precision, labels: undefined };
  }
  const { path } = source;
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new ServingError({ code: 'TIMINGS_MODEL', place, message: 'the model cannot be read', found, cause });
  }
  const sha256 = createHash('sha256').update(content).digest('hex');
  const bytes = content.length;
  if (source.kind === 'file') return { path, sha256, bytes, precision: 'as in the file', labels: undefined };
  if (sha256 !== source.sha256) {
    const message = `the model file of ${path} is not the one of the catalogue`;
    throw new ServingError({ code: 'TIMINGS_MODEL', place, message, found: sha256, expected: source.sha256 });
  }
  return { path, sha256, bytes, precision: source.precision, labels: source.labels };
}

async function tried(
  { name, place }: SubjectConfig,
  { path, sha256 }: ModelFile,
  { hardware, config }: { readonly hardware: string; readonly config: TimingsConfig },
): Promise<LoadReport> {
  const needsBatch = config.measure.includes('handle');
  const batch = needsBatch ? config.handle.batch : 1;
  const refused = (message: string, found: string): ServingError =>
    new ServingError({ code: 'TIMINGS_MODEL', place, message: `${name} on ${hardware}: ${message}`, found });
  const engines = new Engines();
  try {
    const engine = engines.start();
    const threads = Math.min(...config.threads);
    const loaded = await engine.load({ path, sha256, hardware, threads, maxBatch: batch }, TRIAL_TIMEOUT_NS);
    if (!loaded.ok) throw refused('the model cannot be loaded', loaded.failure.detail);
    const { inputs, fixedBatch } = loaded.report;
    if (!needsBatch) return loaded.report;
    const places = zeroPlaces(inputs, fixedBatch ?? batch);
    if (places === undefined) {
      throw refused('no batch can be made for it', 'an input of texts, or with extents that each request chooses');
    }
    const end = places.at(-1);
    const bytes = end === undefined ? 0 : end.at + end.bytes;
    engine.room(bytes).fill(0);
    const run = await engine.run([{ rows: batch, inputs: places }], bytes, TRIAL_TIMEOUT_NS);
    if (!run.ok) throw refused(`it refuses a batch of ${batch}`, run.failure.detail);
    return loaded.report;
  } finally {
    await engines.close();
  }
}

/** Places of a batch of zeros, or undefined where its size is unknown. */
function zeroPlaces(inputs: readonly TensorSpec[], batch: number): TensorPlace[] | undefined {
  let at = 0;
  const places = inputs.map(({ type, shape: spec }): TensorPlace => {
    const shape = spec.map((extent) => extent ?? batch);
    const bytes = elementCount(shape) * elementBytes(type);
    const place = { shape, at, bytes };
    at = aligned(at + bytes);
    return place;
  });
  return inputs.every(({ type, shape }) => type !== 'string' && !shape.includes(-1)) ? places : undefined;
}
