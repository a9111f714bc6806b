/**
 * The parts of a multipart body that is in memory already, in their order. Bounded in number and size; what is broken
 * or cut off is refused as a whole. File names are not looked at: nothing is ever written under them.
 */
import { Busboy } from '@fastify/busboy';
import type { BusboyInstance } from '@fastify/busboy';
import type { Payload } from '../../backends/index.ts';
import type { Bytes } from '../../core/index.ts';
import { HttpRefusal } from '../http/index.ts';

export interface MultipartLimits {
  /** Parts in one body, at least 1. */
  readonly partsMax: number;
  /** Size of one part. */
  readonly partMaxBytes: Bytes;
}

/** A part and whether it came as a file: with a file's name, or as bytes. */
export interface Part extends Payload {
  readonly isFile: boolean;
}

/** Lines of a part's head, and their size: real clients send two or three. */
const HEADER_LINES = 32;
const HEADER_BYTES = 16_384;
const FIELD_NAME_BYTES = 256;

/**
 * @param contentType the whole header, with the boundary.
 * @throws HttpRefusal 400 for what is no multipart body, 413 beyond the limits.
 */
export function readMultipart(
  body: Uint8Array,
  contentType: string,
  { partsMax, partMaxBytes }: MultipartLimits,
): Promise<readonly Part[]> {
  return new Promise((resolve, reject) => {
    const parts: (Part | undefined)[] = [];
    const broken = (): void => reject(new HttpRefusal(400, 'the body is no whole multipart form'));
    if (partsOf(body, contentType, partsMax) > partsMax) return reject(tooMany(partsMax));
    const form = openForm(contentType, { partsMax, partMaxBytes });
    if (form === undefined) return broken();
    form.on('file', (name, stream, fileName, _encoding, type) => {
      const place = parts.push(undefined) - 1;
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => reject(new HttpRefusal(413, `a part of the form is larger than ${partMaxBytes} bytes`)));
      stream.on('error', broken);
      stream.on('end', () => {
        const plain = plainType(type);
        // What says nothing is a text to the library; nobody said so.
        const isFile = typeof fileName === 'string' || plain === 'application/octet-stream';
        const contentTypeOf = plain === 'text/plain' ? '' : plain;
        parts[place] = { name, contentType: contentTypeOf, bytes: Buffer.concat(chunks), isFile };
      });
    });
    form.on('partsLimit', () => reject(tooMany(partsMax)));
    form.on('error', broken);
    form.on('finish', () => resolve(parts.filter((part) => part !== undefined)));
    form.end(body);
  });
}

/** A media type in lower case and without parameters; '' for none. */
export function plainType(contentType: string): string {
  return contentType.split(';', 1)[0].trim().toLowerCase();
}

/**
 * The number of parts by their delimiters, counted up to one beyond the limit: the library reads on to the end of a
 * body that it has given up on, and a body of nothing but parts would keep it busy.
 */
function partsOf(body: Uint8Array, contentType: string, most: number): number {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const delimiter = Buffer.from(`--${quoted ?? plain ?? ''}`);
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let count = 0;
  // The last delimiter ends the form and begins no part.
  for (let at = bytes.indexOf(delimiter); at >= 0 && count <= most + 1; count += 1) {
    at = bytes.indexOf(delimiter, at + delimiter.length);
  }
  return count - 1;
}

function tooMany(partsMax: number): HttpRefusal {
  return new HttpRefusal(413, `the form has more than ${partsMax} parts`);
}

/** Undefined where the header names no boundary. */
function openForm(contentType: string, { partsMax, partMaxBytes }: MultipartLimits): BusboyInstance | undefined {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      // All parts alike, so that one limit holds for all.
      isPartAFile: () => true,
      limits: {
        parts: partsMax,
        fileSize: partMaxBytes,
        fieldNameSize: FIELD_NAME_BYTES,
        headerPairs: HEADER_LINES,
        headerSize: HEADER_BYTES,
      },
    });
  } catch {
    return undefined;
  }
}
