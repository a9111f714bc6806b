// The image classifier of a whole server: the bundled test images as PNG, through multipart to a path of its own and
// through TorchServe's predictions, are named right exactly as often as the engine alone names them.
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { imageAt, labels, manifest } from '../../backends/onnx/fixtures.ts';
import { ANY_PORTS, ServerProcess, ServiceFolder } from './server-process.ts';

const MODELS = ['fmnist-lenet-int8', 'fmnist-resnet8-fp32'] as const;
const IMAGES = 25;
/** Requests under way at once. */
const CLIENTS = 4;

let server: ServerProcess;
const pictures: Buffer[] = [];

beforeAll(async () => {
  const folder = new ServiceFolder({
    catalogue: { variants: [...MODELS] },
    fleet: { machines: { 'cpu-4': 1 }, workers: { [MODELS[0]]: 2, [MODELS[1]]: 1 } },
    service: { ...ANY_PORTS, grpc: 'off', paths: { '/clothes': { model: MODELS[0], answer: 'label' } } },
  });
  server = await ServerProcess.start(folder);
  for (let index = 0; index < labels.length; index += 1) {
    const image = sharp(imageAt(index), { raw: { width: 28, height: 28, channels: 1 } });
    pictures.push(await image.toColourspace('b-w').png().toBuffer());
  }
}, 60_000);
afterAll(() => server.end());

test('2,000 pictures through multipart to /clothes are right as often as offline, over several workers', async () => {
  const workers = new Set<string>();
  const named = await inParallel(labels.length / IMAGES, async (round) => {
    const form = new FormData();
    for (let at = 0; at < IMAGES; at += 1) form.append('content', pictureAt(round * IMAGES + at), 'garment.png');
    const answer = await fetch(`${server.url}/clothes`, { method: 'POST', body: form });
    workers.add(answer.headers.get('x-worker') ?? '');
    return (await answer.text()).split('\n');
  });
  expect(rightOf(named.flat())).toBe(rightOffline(MODELS[0]));
  expect(workers).toEqual(new Set([`${MODELS[0]}#1`, `${MODELS[0]}#2`]));
}, 60_000);

describe("through TorchServe's predictions", () => {
  const url = (): string => `${server.addressOf('torchserve-inference')}/predictions/${MODELS[1]}`;

  test('2,000 pictures, each the body of a request, are right as often as offline', async () => {
    const named = await inParallel(labels.length, async (index) => {
      return bestOf(await (await fetch(url(), { method: 'PUT', body: pictureAt(index) })).json());
    });
    expect(rightOf(named)).toBe(rightOffline(MODELS[1]));
  }, 60_000);

  test('a form with the picture in `data` is answered alike', async () => {
    const form = new FormData();
    form.append('data', pictureAt(34), 'trousers.png');
    expect(bestOf(await (await fetch(url(), { method: 'POST', body: form })).json())).toBe('Trouser');
  });
});

/** A bundled file's count of right answers, which test/backends/onnx/accuracy.test.ts measures with the engine alone. */
function rightOffline(model: (typeof MODELS)[number]): number | undefined {
  return manifest.variants.find(({ file }) => file === `${model.replace(/-fp32$/, '')}.onnx`)?.correctOfTest2000;
}

function rightOf(named: readonly string[]): number {
  expect(named).toHaveLength(labels.length);
  return named.filter((label, index) => label === manifest.labels[labels[index]]).length;
}

/** TorchServe's classifier answers probabilities by label. */
function bestOf(answer: unknown): string {
  const probabilities = Object.entries(answer as Record<string, number>);
  return probabilities.toSorted(([, a], [, b]) => b - a)[0][0];
}

function pictureAt(index: number): Blob {
  return new Blob([new Uint8Array(pictures[index])], { type: 'image/png' });
}

async function inParallel<T>(count: number, work: (index: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return results;
}
