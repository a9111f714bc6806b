/**
 * A client's image as pixels of the size and channels a model takes. Only formats of pixels are read, told by their
 * first bytes before any decoder sees them: nothing that holds programs, paths or addresses (SVG, PDF). Invariant: no
 * pixel is decoded before the image's extents are known to be within the limit.
 *
 * A greyscale image of the wanted size comes out bit by bit as it went in.
 */
import sharp from 'sharp';
import { ServingError } from '../../core/index.ts';

export interface ImageLimits {
  /** Width times height at most; a decoder's memory and time grow with it. */
  readonly maxPixels: number;
  /** Seconds that one image may take, whole, at least 1. */
  readonly maxSeconds: number;
}

export interface ImageWish {
  readonly channels: 1 | 3;
  /** Pixels, or -1 for the image's own. */
  readonly width: number;
  readonly height: number;
  /** `fill` stretches to the wanted size; `cover` keeps the proportions and cuts off what is over, evenly. */
  readonly fit: 'fill' | 'cover';
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Row by row, the channels of a pixel side by side. */
  readonly bytes: Uint8Array;
}

interface Extents {
  readonly width: number;
  readonly height: number;
}

const FORMATS: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  jpeg: (bytes) => startsWith(bytes, [0xff, 0xd8, 0xff]),
  png: (bytes) => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  gif: (bytes) => startsWith(bytes, [0x47, 0x49, 0x46, 0x38]),
  webp: (bytes) =>
    startsWith(bytes, [0x52, 0x49, 0x46, 0x46]) && startsWith(bytes.subarray(8), [0x57, 0x45, 0x42, 0x50]),
};

/** @throws ServingError HANDLER_PAYLOAD when the bytes are no image that is read here, or too large, or damaged. */
export async function decodeImage(bytes: Uint8Array, wish: ImageWish, limits: ImageLimits): Promise<Pixels> {
  const format = Object.keys(FORMATS).find((name) => FORMATS[name](bytes));
  if (format === undefined) throw refusal('the payload is no image', describe(bytes), 'a JPEG, PNG, WebP or GIF image');
  const { width, height } = await headerOf(bytes, format, limits);
  // An animation's first picture; a file that ends early is refused and not shown in part.
  const image = sharp(bytes, { limitInputPixels: limits.maxPixels, failOn: 'error', pages: 1 });
  image.timeout({ seconds: limits.maxSeconds }).autoOrient().removeAlpha();
  image.toColourspace(wish.channels === 1 ? 'b-w' : 'srgb');
  const wanted = { width: wish.width < 0 ? width : wish.width, height: wish.height < 0 ? height : wish.height };
  if (wanted.width !== width || wanted.height !== height) image.resize({ ...wanted, fit: wish.fit });
  try {
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    if (info.width === wanted.width && info.height === wanted.height && info.channels === wish.channels) {
      return { ...wanted, bytes: data };
    }
  } catch (cause) {
    throw damaged(format, cause);
  }
  throw damaged(format);
}

/** Extents as the image is looked at: after turning it upright. Reads the head alone, whatever size it claims. */
async function headerOf(bytes: Uint8Array, format: string, { maxPixels }: ImageLimits): Promise<Extents> {
  const image = sharp(bytes, { limitInputPixels: false, pages: 1 });
  const header = await image.metadata().catch((cause: unknown) => {
    throw damaged(format, cause);
  });
  if (header.format !== format) throw damaged(format);
  const { width, height } = header.autoOrient;
  if (width * height > maxPixels) {
    throw refusal('the image is too large', `${width} x ${height} pixels`, `at most ${maxPixels} pixels`);
  }
  return { width, height };
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return bytes.length >= start.length && start.every((byte, index) => bytes[index] === byte);
}

function describe(bytes: Uint8Array): string {
  return bytes.length === 0 ? 'no bytes' : `${bytes.length} bytes of something else`;
}

function damaged(format: string, cause?: unknown): ServingError {
  // The decoder's own words stay in the cause: they are of no use to a client.
  return refusal(
    'the image cannot be decoded',
    `a damaged or unusual ${format.toUpperCase()} file`,
    'a whole image',
    cause,
  );
}

function refusal(message: string, found: string, expected: string, cause?: unknown): ServingError {
  return new ServingError({
    code: 'HANDLER_PAYLOAD',
    message,
    found,
    expected,
    ...(cause === undefined ? {} : { cause }),
  });
}
