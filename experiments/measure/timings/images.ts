/**
 * The images that requests carry, as the bytes of their files: a user's, or JPEGs of seeded smooth noise. Noise in a
 * coarse grid that is scaled up has the low frequencies that photographs have, so that a decoder's work is like theirs;
 * white noise would make files several times as large. What is drawn says nothing to any network.
 */
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { ServingError, Stream } from '../../../core/index.ts';
import type { ImagesConfig } from './timings-config.ts';

/** Pixels of the image for each pixel of the coarse grid. */
const SMOOTHING = 8;
/** Standard deviation of the fine grain on top, in levels of 256; a file of 500x333 then has 92 kB. */
const GRAIN = 16;
const QUALITY = 90;
const LEVELS = 256;

/** @throws ServingError TIMINGS_IMAGES when a file cannot be read. */
export async function loadImages(images: ImagesConfig, seed: string): Promise<Uint8Array[]> {
  if (images.kind === 'folder') return images.files.map(fileBytes);
  const made: Uint8Array[] = [];
  for (let index = 0; index < images.count; index += 1) {
    made.push(await syntheticJpeg(images, new Stream(`${seed}/images/${index}`)));
  }
  return made;
}

/** What the images are, for the result. @param loaded their bytes. */
export function imagesInWords(images: ImagesConfig, loaded: readonly Uint8Array[]): string {
  const bytes = loaded.reduce((sum, { length }) => sum + length, 0) / Math.max(1, loaded.length);
  const size = `${(bytes / 1000).toFixed(1)} kB on average`;
  if (images.kind === 'folder') return `${loaded.length} images of ${images.folder}, ${size}`;
  return `${loaded.length} synthetic JPEGs (seeded smooth noise), ${images.width}x${images.height}, ${size}`;
}

/** The same stream and size give the same pixels. */
export async function syntheticJpeg(
  { width, height }: { readonly width: number; readonly height: number },
  stream: Stream,
): Promise<Uint8Array> {
  const coarse = {
    width: Math.ceil(width / SMOOTHING) + 1,
    height: Math.ceil(height / SMOOTHING) + 1,
    channels: 3,
  } as const;
  const grid = Uint8Array.from({ length: coarse.width * coarse.height * 3 }, () => stream.int(LEVELS));
  const smooth = await sharp(grid, { raw: coarse })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  const grained = smooth.map((level) => Math.max(0, Math.min(LEVELS - 1, Math.round(level + GRAIN * stream.normal()))));
  return sharp(grained, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

function fileBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new ServingError({ code: 'TIMINGS_IMAGES', place: path, message: 'the image cannot be read', found, cause });
  }
}
