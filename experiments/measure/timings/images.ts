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

/** Of a user's folder at most so much is held: reading in the middle of a run would delay its requests. */
const BYTES_MAX = 536_870_912;

/**
 * At most `most` images, and of a folder at most `bytesMax` of bytes, but one in any case.
 * @throws ServingError TIMINGS_IMAGES when a file cannot be read.
 */
export async function loadImages(
  images: ImagesConfig,
  seed: string,
  { most, bytesMax = BYTES_MAX }: { readonly most: number; readonly bytesMax?: number },
): Promise<Uint8Array[]> {
  if (images.kind === 'folder') return filesBytes(images.files.slice(0, most), bytesMax);
  const made: Uint8Array[] = [];
  for (let index = 0; index < Math.min(images.count, most); index += 1) {
    made.push(await syntheticJpeg(images, new Stream(`${seed}/images/${index}`)));
  }
  return made;
}

/** What the images are, for the result. @param loaded their bytes. */
export function imagesInWords(images: ImagesConfig, loaded: readonly Uint8Array[]): string {
  const bytes = loaded.reduce((sum, { length }) => sum + length, 0) / Math.max(1, loaded.length);
  const size = `${(bytes / 1000).toFixed(1)} kB on average`;
  if (images.kind === 'folder') {
    const isAll = loaded.length === images.files.length;
    const which = isAll ? `${loaded.length} images` : `the first ${loaded.length} of ${images.files.length} images`;
    return `${which} of ${images.folder}, ${size}`;
  }
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

function filesBytes(files: readonly string[], bytesMax: number): Uint8Array[] {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for (const file of files) {
    if (bytes >= bytesMax) break;
    const content = fileBytes(file);
    bytes += content.length;
    read.push(content);
  }
  return read;
}

function fileBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new ServingError({ code: 'TIMINGS_IMAGES', place: path, message: 'the image cannot be read', found, cause });
  }
}
