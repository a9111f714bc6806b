/**
 * The classification extension: in place of an output's values its best classes, as texts `value:index` or
 * `value:index:label`. Floats have six decimals, equal values go by index, as Triton has both.
 */
import type { TensorValue } from '../../backends/index.ts';
import { tensorElements } from './tensor-elements.ts';
import { packStrings } from './string-bytes.ts';

export interface ClassificationParts {
  /** More than there are means all. */
  readonly classes: number;
  /** Whether the first extent is a batch, of which each row is judged by itself. */
  readonly batches: boolean;
  readonly labels: readonly string[] | undefined;
}

const DECIMALS = 6;
/** From here `toFixed` falls back to exponents. */
const FIXED_MAX = 1e21;

/** A tensor of strings [batch, classes], or [classes] where the model does not batch. */
export function classify(output: TensorValue, { classes, batches, labels }: ClassificationParts): TensorValue {
  const values = tensorElements(output);
  const rows = batches ? output.shape[0] : 1;
  const perRow = values.length / rows;
  const kept = Math.min(classes, perRow);
  const isFloat = output.type === 'float32' || output.type === 'float64';
  const texts: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const start = row * perRow;
    const order = Array.from({ length: perRow }, (_, index) => index);
    order.sort((a, b) => descending(values[start + a], values[start + b]) || a - b);
    for (const index of order.slice(0, kept)) {
      const value = values[start + index];
      const label = labels?.[index];
      texts.push(`${isFloat ? floatText(Number(value)) : value}:${index}${label === undefined ? '' : `:${label}`}`);
    }
  }
  return { name: output.name, type: 'string', shape: batches ? [rows, kept] : [kept], bytes: packStrings(texts) };
}

/** What is not a number comes last. */
function descending(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === b) return 0;
  return a > b ? -1 : 1;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Math.abs(value) >= FIXED_MAX) return `${BigInt(value)}.${'0'.repeat(DECIMALS)}`;
  return value.toFixed(DECIMALS);
}
