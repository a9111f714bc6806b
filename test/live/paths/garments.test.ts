// The image classifier end to end: the bundled test images as PNG through multipart, a real engine, labels back.
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { NEVER } from '../../../core/index.ts';
import { Handlers, builtInHandlers } from '../../../backends/handlers/index.ts';
import { pathRoutes } from '../../../live/paths/index.ts';
import { Service } from '../../../live/service/index.ts';
import { imageAt, labels, manifest } from '../../backends/onnx/fixtures.ts';
import { listening } from '../http/listening.ts';
import { FORM_TYPE, form } from '../payloads/forms.ts';
import { blueprintOf, bundledServed } from '../service/fixtures.ts';

const IMAGES = 20;

async function formOf(first: number): Promise<Buffer> {
  const images = Array.from({ length: IMAGES }, (_, at) =>
    sharp(imageAt(first + at), { raw: { width: 28, height: 28, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer(),
  );
  const parts = (await Promise.all(images)).map((content) => ({ name: 'content', content, fileName: 'garment.png' }));
  return form(parts);
}

test('the 2,000 test images through multipart are named as often right as offline', { timeout: 120_000 }, async () => {
  const service = await Service.start(blueprintOf(bundledServed('fmnist-lenet-fp32')));
  onTestFinished(() => service.stop());
  const handlers = new Handlers(builtInHandlers({ maxPixels: 1_000_000, maxSeconds: 10 }));
  const options = {
    path: '/garments',
    model: 'classification-fashion-mnist',
    field: 'content',
    answer: 'label',
    top: 1,
    latencyNs: NEVER,
    accuracyPercent: 0,
    unsignedPayload: false,
    limits: { partsMax: IMAGES, partMaxBytes: 10_000 },
  } as const;
  const { url } = await listening(pathRoutes({ service, handlers }, [options]));
  let right = 0;
  for (let first = 0; first < labels.length; first += IMAGES) {
    const body = await formOf(first);
    const answer = await fetch(`${url}/garments`, { method: 'POST', body, headers: { 'content-type': FORM_TYPE } });
    expect(answer.status).toBe(200);
    const named = (await answer.text()).split('\n');
    expect(named).toHaveLength(IMAGES);
    right += named.filter((label, at) => label === manifest.labels[labels[first + at]]).length;
  }
  expect(right).toBe(manifest.variants.find(({ file }) => file === 'fmnist-lenet.onnx')?.correctOfTest2000);
});
