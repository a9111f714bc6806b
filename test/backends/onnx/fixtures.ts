/**
 * What the tests of the ONNX backend share: the bundled models as variants, the test images, and a backend whose
 * messages are collected. Reads nothing but the repository's own files.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Message, TensorType, Variant } from '../../../core/index.ts';
import { FASHION_MNIST, writeNormalised } from '../../../backends/handlers/index.ts';
import { OnnxBackend } from '../../../backends/onnx/index.ts';
import type { Engine, OnnxBackendOptions, Payloads } from '../../../backends/onnx/index.ts';
import { aligned } from '../../../backends/process/index.ts';
import type { TensorValue } from '../../../backends/tensors/index.ts';
import { littleEndian } from './tiny-model.ts';

export const folder = fileURLToPath(new URL('../../../backends/catalogue/models/fashion-mnist/', import.meta.url));

export interface BundledModel {
  readonly file: string;
  readonly architecture: string;
  readonly precision: string;
  readonly accuracyTest10000: number;
  readonly correctOfTest2000: number;
  readonly bytes: number;
  readonly sha256: string;
}

// The manifest is the repository's own; the accuracy test would fail if it had another form.
export const manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as {
  readonly labels: readonly string[];
  readonly variants: readonly BundledModel[];
};

export const images = new Uint8Array(readFileSync(`${folder}test-2000-images.u8`));
export const labels = new Uint8Array(readFileSync(`${folder}test-2000-labels.u8`));

/** The named bundled file as a variant, with changes. */
export function variantOf(file: string, changes: Partial<Variant> = {}): Variant {
  const model = manifest.variants.find((candidate) => candidate.file === file);
  if (model === undefined) throw new Error(`${file} is not in the manifest`);
  return {
    index: 0,
    name: file.replace('.onnx', ''),
    version: '1',
    useCase: { task: 'classification', dataset: 'fashion-mnist' },
    architecture: model.architecture,
    framework: 'onnx',
    hardware: 'cpu',
    precision: model.precision,
    maxBatch: 8,
    accuracyPercent: model.accuracyTest10000 * 100,
    resources: { cores: 1, memoryBytes: 0, accelerators: 0 },
    profile: {
      source: 'none',
      synthesised: true,
      rows: [{ batch: 1, meanNs: 1 }],
      loadNs: 0,
      peakMemoryBytes: 0,
      hostOverheadNs: 0,
    },
    inputs: [{ name: 'input', type: 'float32', shape: [null, 1, 28, 28] }],
    outputs: [{ name: 'logits', type: 'float32', shape: [null, 10] }],
    artifact: { path: `${folder}${file}`, sha256: model.sha256, bytes: model.bytes },
    ...changes,
  };
}

/** The variant with another model file. */
export function withFile(path: string, sha256?: string): Variant {
  const variant = variantOf('fmnist-linear.onnx');
  const artifact = { path, sha256: sha256 ?? variant.artifact?.sha256 ?? '', bytes: 0 };
  return { ...variant, artifact };
}

/** Requests whose inputs are test images: slot s has `weight` images from number s on. */
export function imagePayloads(weight = 1): Payloads & { readonly answers: Map<number, Float32Array> } {
  const answers = new Map<number, Float32Array>();
  return {
    answers,
    inputsOf: () => weight,
    tensorOf(slot, { name, type }) {
      const values = new Float32Array(weight * 784);
      for (let input = 0; input < weight; input += 1) {
        writeNormalised(imageAt(slot + input), values, { offset: input * 784, normalisation: FASHION_MNIST });
      }
      return { name, type, shape: [weight, 1, 28, 28], bytes: new Uint8Array(values.buffer) };
    },
    answer(slot, outputs) {
      answers.set(slot, floatsOf(outputs[0]));
    },
  };
}

/** A copy of a float32 tensor's values. */
export function floatsOf({ bytes }: TensorValue): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** A tensor of those values, as protocols would bring it. */
export function tensorValue(
  name: string,
  type: TensorType,
  shape: readonly number[],
  values: readonly (number | bigint | string)[],
): TensorValue {
  return { name, type, shape, bytes: littleEndian(type, values) };
}

/** Copies of tensors that are valid for a moment only. */
export function kept(tensors: readonly TensorValue[]): TensorValue[] {
  return tensors.map((tensor) => ({ ...tensor, shape: [...tensor.shape], bytes: Uint8Array.from(tensor.bytes) }));
}

/**
 * One run on an engine, without a backend: the tensors of all its inputs, in the order of the load report.
 * @returns copies of the outputs. @throws Error when the run failed.
 */
export async function runTensors(
  engine: Engine,
  tensors: readonly Pick<TensorValue, 'shape' | 'bytes'>[],
  timeoutNs?: number,
): Promise<TensorValue[]> {
  let at = 0;
  const inputs = tensors.map(({ shape, bytes }) => {
    const place = { shape, at, bytes: bytes.length };
    at = aligned(at + bytes.length);
    return place;
  });
  const room = engine.room(at);
  for (const [index, { bytes }] of tensors.entries()) room.set(bytes, inputs[index].at);
  const rows = tensors.at(0)?.shape.at(0) ?? 1;
  const result = await engine.run([{ rows, inputs }], at, timeoutNs);
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.detail}`);
  return kept(result.report.runs[0]);
}

export function imageAt(index: number): Uint8Array {
  return images.subarray(index * 784, (index + 1) * 784);
}

export interface Delivered {
  readonly to: number;
  readonly message: Message;
}

/** A backend and what it delivered; `next` waits for the next message not yet taken. */
export class Bench {
  readonly delivered: Delivered[] = [];
  readonly notes: string[] = [];
  readonly backend: OnnxBackend;
  private taken = 0;
  private wake: (() => void) | undefined;

  constructor(options: Partial<OnnxBackendOptions> & Pick<OnnxBackendOptions, 'variantOf'>) {
    this.backend = new OnnxBackend({
      payloads: imagePayloads(),
      note: (_worker, text) => this.notes.push(text),
      ...options,
      deliver: (to, message) => {
        this.delivered.push({ to, message });
        this.wake?.();
      },
    });
  }

  async next(): Promise<Delivered> {
    while (this.taken >= this.delivered.length) {
      // One message wakes one reader; a bench has one.
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.taken += 1;
    return this.delivered[this.taken - 1];
  }

  /** Loads a worker and expects it to work. */
  async load(worker: number, generation = 0): Promise<Delivered> {
    this.backend.load(worker, generation);
    const loaded = await this.next();
    if (loaded.message.type !== 'load.finished') throw new Error(JSON.stringify(loaded));
    return loaded;
  }
}

/** True while a process of that id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the process is gone, at most a few seconds. Returns whether it is. */
export async function isGoneSoon(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && isAlive(pid); attempt += 1) await pause(25);
  return !isAlive(pid);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
