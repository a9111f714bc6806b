/**
 * A server's test of itself at the end of its start: it must answer over its own listener, and one real query must come
 * back right. A known picture has a known label; of another model all that can be judged is that it answers.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { TensorValue } from '../../backends/index.ts';
import { elementBytes, elementCount, repositoryRoot } from '../../backends/index.ts';
import { NEVER, seconds } from '../../core/index.ts';
import type { ModelEntry, ServicePort } from '../service/index.ts';
import { selfTestFailed } from './lifecycle-errors.ts';
import { requestOwn } from './request-own.ts';

export interface SelfTestParts {
  readonly service: ServicePort;
  /** Of the main listener. */
  readonly url: string;
  /** Whether requests must be signed: then the query goes past the listener. */
  readonly isSigned: () => boolean;
}

export interface SelfTestReport {
  /** The variant that answered; '' when there is no engine to try. */
  readonly variant: string;
  readonly tookMs: number;
  /** What was recognised, where the right answer is known. */
  readonly label?: string;
}

/** The report in words. */
export function reportText({ variant, label, tookMs }: SelfTestReport): string {
  if (variant === '') return `passed in ${tookMs.toFixed(0)} ms; there was no engine to query`;
  const seen = label === undefined ? 'answered a query' : `recognised a picture (${label})`;
  return `passed: ${variant} ${seen}, ${tookMs.toFixed(0)} ms in all`;
}

/** A picture of the bundled test set that all bundled variants recognise with at least 99.9 %. */
const KNOWN = { use: 'classification-fashion-mnist', index: 34, side: 28, label: 'Trouser' } as const;
const QUERY_TIMEOUT_NS = seconds(60);

/** @throws ServingError LIVE_SELF_TEST. */
export async function selfTest(parts: SelfTestParts): Promise<SelfTestReport> {
  const startedMs = performance.now();
  const health = await requestOwn(`${parts.url}/v2/health/ready`);
  if (health.status !== 200) throw selfTestFailed('it is not ready', `status ${health.status}`, 'status 200');
  const model = chosenModel(parts.service);
  if (model === undefined) return { variant: '', tookMs: performance.now() - startedMs };
  const isKnown = model.handler === 'fashion-mnist' && model.labels?.includes(KNOWN.label) === true;
  const asked =
    isKnown && !parts.isSigned() ? await askPicture(parts.url, model) : await askZeros(parts.service, model);
  return { ...asked, tookMs: performance.now() - startedMs };
}

/**
 * A variant that has a worker, else the smallest: nobody should wait for the load of a large one. Of tables that have no
 * worker none is tried: there is no engine that could fail, and policies prefer what has been started.
 */
function chosenModel(service: ServicePort): ModelEntry | undefined {
  const workers = ({ name, version }: ModelEntry): number => Math.min(1, service.workersOf(name, version));
  const isReal = ({ variants: [{ definition }] }: ModelEntry): boolean => definition.artifact !== undefined;
  const memory = ({ variants: [{ definition }] }: ModelEntry): number => definition.resources.memoryBytes;
  return service.directory
    .list()
    .filter((entry) => entry.form === 'variant' && entry.isDefault && (isReal(entry) || workers(entry) > 0))
    .toSorted((a, b) => workers(b) - workers(a) || memory(a) - memory(b))
    .at(0);
}

async function askPicture(url: string, { name }: ModelEntry): Promise<Omit<SelfTestReport, 'tookMs'>> {
  const body = { variant: name, images: [{ base64: (await knownPicture()).toString('base64') }] };
  const { status, text } = await requestOwn(`${url}/rehearse/v1/query`, JSON.stringify(body));
  if (status !== 200)
    throw selfTestFailed(`a query to ${name} is not answered`, `status ${status}: ${text}`, 'status 200');
  // Our own answer to our own call.
  const { variant, answers } = JSON.parse(text) as { variant: string; answers: readonly { readonly label: string }[] };
  const [{ label }] = answers;
  if (label !== KNOWN.label) throw selfTestFailed(`${name} answers a known picture wrongly`, label, KNOWN.label);
  return { variant, label };
}

async function askZeros(service: ServicePort, model: ModelEntry): Promise<Omit<SelfTestReport, 'tookMs'>> {
  const tensors = model.inputs.map(zeros);
  const objectives = { latencyNs: NEVER, accuracyPercent: 0, timeoutNs: QUERY_TIMEOUT_NS };
  const answer = await service.infer({ application: 'default', model, tensors, ...objectives });
  if (answer.ok) return { variant: answer.variant };
  throw selfTestFailed(`a query to ${model.name} is not answered`, answer.message, 'an answer');
}

/** One input of zeros, or of empty texts; an extent that the request chooses is 1. */
function zeros({ name, type, shape }: ModelEntry['inputs'][number]): TensorValue {
  const extents = shape.map((extent) => Math.max(1, extent ?? 1));
  // A text has its length before it.
  const size = type === 'string' ? 4 : elementBytes(type);
  return { name, type, shape: extents, bytes: new Uint8Array(elementCount(extents) * size) };
}

async function knownPicture(): Promise<Buffer> {
  const folder = join(repositoryRoot(), 'backends', 'catalogue', 'models', 'fashion-mnist');
  const { index, side } = KNOWN;
  const pixels = readFileSync(join(folder, 'test-2000-images.u8')).subarray(
    index * side * side,
    (index + 1) * side * side,
  );
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer();
}
