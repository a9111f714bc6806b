/**
 * Writes rows as our own CSV, streaming; times and objectives keep every nanosecond, so reading the file gives the same
 * rows. A path that ends in `.gz` is compressed. The file has its name only when it is complete.
 */
import { createWriteStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { stringify } from 'csv-stringify';
import type { Nanos } from '../core/index.ts';
import { NANOS_PER_MILLISECOND, NANOS_PER_SECOND, NEVER } from '../core/index.ts';
import { writeWhole } from './partial-file.ts';
import { REHEARSE_COLUMNS } from './readers/rehearse.ts';
import type { TraceRow } from './readers/trace-row.ts';

/** @returns the number of rows written. */
export function writeTrace(rows: AsyncIterable<TraceRow>, path: string): Promise<number> {
  return writeWhole(path, async (partial) => {
    let written = 0;
    async function* records(): AsyncGenerator<readonly string[]> {
      for await (const row of rows) {
        written += 1;
        yield recordOf(row);
      }
    }
    const csv = stringify({ header: true, columns: [...REHEARSE_COLUMNS] });
    const file = createWriteStream(partial, { flags: 'wx' });
    const compress = path.endsWith('.gz') ? createGzip() : new PassThrough();
    await pipeline(records(), csv, compress, file);
    return written;
  });
}

function recordOf(row: TraceRow): readonly string[] {
  return [
    decimal(row.atNs, NANOS_PER_SECOND),
    row.application,
    row.useCase,
    row.architecture,
    row.variant,
    row.inputs === 0 ? '' : String(row.inputs),
    row.latencyNs === NEVER ? '' : decimal(row.latencyNs, NANOS_PER_MILLISECOND),
    row.accuracyPercent === 0 ? '' : String(row.accuracyPercent),
  ];
}

/** An exact quotient by a power of ten, without needless zeros. */
function decimal(valueNs: Nanos, unitNs: number): string {
  const whole = Math.floor(valueNs / unitNs);
  const rest = valueNs - whole * unitNs;
  if (rest === 0) return String(whole);
  const digits = String(unitNs).length - 1;
  return `${whole}.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`;
}
