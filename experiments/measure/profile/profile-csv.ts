/** `profile.csv`: one row for each cell of each variant, times in milliseconds; what does not exist is an empty field. */
import { stringify } from 'csv-stringify/sync';
import type { MeasuredTime } from '../../../core/index.ts';
import { toMilliseconds } from '../../../core/index.ts';
import type { MeasuredVariant } from './profile-variants.ts';
import { quantileOf } from './quantile-of.ts';

const PROBABILITIES = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/** The table as text, with a header. */
export function profileCsv(variants: readonly MeasuredVariant[]): string {
  const names = PROBABILITIES.map((probability) => `p${Number((100 * probability).toPrecision(6))}_ms`);
  const columns = [
    'variant',
    'threads',
    'condition',
    'batch',
    'idle_ms',
    'workers',
    'samples',
    'raw_p50_ms',
    'infer_mean_ms',
    ...names.map((name) => `infer_${name}`),
    'host_mean_ms',
    ...names.map((name) => `host_${name}`),
    'host_pack_p50_ms',
    'host_hop_p50_ms',
    'host_hand_out_p50_ms',
    'reference_kernel_ms',
  ];
  const rows = variants.flatMap(({ variant, summary }) =>
    summary.cells.map(({ kind, batch, idleNs, workers, samples, rawMedianNs, row, hostParts }) => [
      variant.name,
      variant.threads,
      kind,
      batch,
      toMilliseconds(idleNs),
      workers,
      samples,
      toMilliseconds(rawMedianNs),
      ...timeFields(row),
      ...timeFields(row.host),
      toMilliseconds(hostParts.packNs),
      toMilliseconds(hostParts.hopNs),
      toMilliseconds(hostParts.handOutNs),
      toMilliseconds(summary.referenceNs),
    ]),
  );
  return stringify([columns, ...rows]);
}

function timeFields(time: MeasuredTime | undefined): (number | null)[] {
  const values = [time?.meanNs, ...PROBABILITIES.map((probability) => quantileOf(time, probability))];
  return values.map((valueNs) => (valueNs === undefined ? null : toMilliseconds(valueNs)));
}
