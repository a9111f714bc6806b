/**
 * A child process that times its own beginning: it loads one model in a process that has loaded nothing else, and
 * prints what each step took as one line of JSON. It imports nothing at the top, so that its first line runs as early
 * as Node lets it; whoever starts it gives it the session options of an engine process.
 *
 * Arguments: the probe's `InitProbe` as JSON.
 */
import type { InferenceSession } from 'onnxruntime-node';
import type { TensorSpec } from '../../../core/index.ts';

/** What the child is asked. */
export interface InitProbe {
  readonly path: string;
  readonly options: InferenceSession.SessionOptions;
  readonly inputs: readonly TensorSpec[];
}

/** What the child prints: instants of the machine's monotonic clock, in nanoseconds, or why there are none. */
export type InitProbeAnswer =
  | {
      readonly ok: true;
      readonly beganNs: number;
      readonly libraryNs: number;
      readonly readNs: number;
      readonly createdNs: number;
      readonly ranNs: number;
    }
  | { readonly ok: false; readonly detail: string };

const beganNs = now();
process.stdout.write(`${JSON.stringify(await answer())}\n`);

async function answer(): Promise<InitProbeAnswer> {
  try {
    // Only `probeInit` starts this process.
    return await probe(JSON.parse(process.argv[2] ?? '{}') as InitProbe);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { ok: false, detail: text.replaceAll(/\s+/g, ' ').trim().slice(0, 300) };
  }
}

async function probe({ path, options, inputs }: InitProbe): Promise<InitProbeAnswer> {
  const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
  env.logLevel = 'fatal';
  const libraryNs = now();
  const { readFileSync } = await import('node:fs');
  const bytes = readFileSync(path);
  const readNs = now();
  const session = await InferenceSession.create(bytes, options);
  const createdNs = now();
  const { arrayOver, elementBytes, elementCount } = await import('../../../backends/tensors/index.ts');
  const feeds = inputs.map(({ name, type, shape: spec }) => {
    if (type === 'string') throw new Error(`input "${name}" takes texts`);
    const shape = spec.map((extent) => (extent === null || extent < 0 ? 1 : extent));
    const data = arrayOver(type, new Uint8Array(elementCount(shape) * elementBytes(type)));
    // The types of the constructor pair each name with its array; `arrayOver` has done that.
    return [name, new Tensor(type as 'float32', data as Float32Array, shape)] as const;
  });
  const madeNs = now();
  await session.run(Object.fromEntries(feeds));
  // Making the zeros is no part of the first run.
  return { ok: true, beganNs, libraryNs, readNs, createdNs, ranNs: now() - (madeNs - createdNs) };
}

function now(): number {
  return Number(process.hrtime.bigint());
}
