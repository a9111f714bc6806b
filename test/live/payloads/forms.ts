/** Multipart bodies by hand, so that tests can break them, and images and models to send to. */
import sharp from 'sharp';
import type { InferenceParts } from '../../../live/payloads/index.ts';
import { Handlers, builtInHandlers } from '../../../backends/handlers/index.ts';
import type { TensorValue } from '../../../backends/index.ts';
import type { ServedVariant } from '../../../live/service/index.ts';
import { servedVariant, spec } from '../served-variant.ts';
import { StandInService } from '../stand-in-service.ts';
import { standInVariants, sumAndDifference } from '../stand-in-variants.ts';

export const BOUNDARY = 'frontier';
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

export interface FormPart {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly fileName?: string;
  readonly type?: string;
}

export function form(parts: readonly FormPart[]): Buffer {
  const chunks = parts.flatMap(({ name, content, fileName, type }) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"`;
    const contentType = type === undefined ? '' : `\r\ncontent-type: ${type}`;
    const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${file}${contentType}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')];
  });
  return Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)]);
}

export function png(value: number, side = 2): Promise<Buffer> {
  const pixels = new Uint8Array(side * side).fill(value);
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/** A classifier of 2x2 images: class 1 for bright ones, class 0 for dark ones. */
export function brightness(changes: Partial<Parameters<typeof servedVariant>[0]> = {}): ServedVariant {
  return servedVariant({
    name: 'brightness',
    inputs: [spec('image', 'float32', null, 1, 2, 2)],
    outputs: [spec('logits', 'float32', null, 2)],
    handler: 'fashion-mnist',
    labels: ['dark', 'bright'],
    maxBatch: 4,
    ...changes,
  });
}

/** The stand-in's variants and `brightness`, with the built-in handlers. */
export function inferenceParts(
  variants: readonly ServedVariant[] = [...standInVariants(), brightness()],
): InferenceParts & {
  readonly service: StandInService;
} {
  const compute = (variant: ServedVariant, tensors: readonly TensorValue[]): readonly TensorValue[] =>
    variant.name === 'brightness' ? [judged(tensors[0])] : sumAndDifference(variant, tensors);
  const limits = { maxPixels: 1_000_000, maxSeconds: 5 };
  return { service: new StandInService(variants, compute), handlers: new Handlers(builtInHandlers(limits)) };
}

/** The sum of the four pixels against nothing: bright above the mean of the training images. */
function judged({ shape, bytes }: TensorValue): TensorValue {
  const pixels = new Float32Array(Uint8Array.from(bytes).buffer);
  const rows = Array.from({ length: shape[0] }, (_, row) =>
    pixels.subarray(row * 4, row * 4 + 4).reduce((a, b) => a + b, 0),
  );
  const logits = Float32Array.from(rows.flatMap((sum) => [0, sum]));
  return { name: 'logits', type: 'float32', shape: [shape[0], 2], bytes: new Uint8Array(logits.buffer) };
}
