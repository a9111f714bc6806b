import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { Stream } from '../../../../core/index.ts';
import { imagesInWords, loadImages, syntheticJpeg } from '../../../../experiments/measure/timings/images.ts';
import { folderWith } from '../../config/config-files.ts';

const ALL = { most: 1000 };
const SMALL = { kind: 'synthetic', width: 32, height: 24, count: 3 } as const;

test('the same seed gives the same images, another one others, and no two of a set are alike', async () => {
  const [images, again, others] = [
    await loadImages(SMALL, '1', ALL),
    await loadImages(SMALL, '1', ALL),
    await loadImages(SMALL, '2', ALL),
  ];
  expect(images.map((bytes) => Buffer.from(bytes).toString('base64'))).toEqual(
    again.map((bytes) => Buffer.from(bytes).toString('base64')),
  );
  expect(Buffer.compare(images[0], others[0])).not.toBe(0);
  expect(Buffer.compare(images[0], images[1])).not.toBe(0);
});

test('a synthetic image is a JPEG of the size asked for, about as heavy as a photograph of that size', async () => {
  const bytes = await syntheticJpeg({ width: 500, height: 333 }, new Stream('one'));
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 500, height: 333, channels: 3 });
  expect(bytes.length / (500 * 333)).toBeGreaterThan(0.3);
  expect(bytes.length / (500 * 333)).toBeLessThan(1);
});

test('what is synthetic is called so', async () => {
  expect(imagesInWords(SMALL, await loadImages(SMALL, '1', ALL))).toMatch(
    /^3 synthetic JPEGs \(seeded smooth noise\), 32x24, \d\.\d kB on average$/,
  );
});

test('a folder gives its files as they are, and one that is gone is named', async () => {
  const folder = folderWith({ 'a.jpg': 'any bytes' });
  writeFileSync(join(folder, 'b.jpg'), 'more');
  const files = ['a.jpg', 'b.jpg'].map((name) => join(folder, name));
  const images = await loadImages({ kind: 'folder', folder, files }, '1', ALL);
  expect(images.map((bytes) => Buffer.from(bytes).toString())).toEqual(['any bytes', 'more']);
  await expect(loadImages({ kind: 'folder', folder, files: [join(folder, 'gone.jpg')] }, '1', ALL)).rejects.toThrow(
    'gone.jpg: the image cannot be read',
  );
});

test('no more images are held than there are requests, and of a folder no more bytes than there is room for', async () => {
  expect(await loadImages(SMALL, '1', { most: 2 })).toHaveLength(2);
  const folder = folderWith({ 'a.jpg': 'any bytes', 'b.jpg': 'more', 'c.jpg': 'most' });
  const files = ['a.jpg', 'b.jpg', 'c.jpg'].map((name) => join(folder, name));
  const images = { kind: 'folder', folder, files } as const;
  expect(await loadImages(images, '1', { most: 2 })).toHaveLength(2);
  const bounded = await loadImages(images, '1', { most: 3, bytesMax: 5 });
  expect(imagesInWords(images, bounded)).toMatch(/^the first 1 of 3 images of /);
});
