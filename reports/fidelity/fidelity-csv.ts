/** `fidelity.csv`: a row for each cell and quantity, numbers in full; what does not exist is an empty field. */
import { stringify } from 'csv-stringify/sync';
import { fidelityQuantity } from '../../core/index.ts';
import type { FidelityResult } from '../../core/index.ts';

const COLUMNS = [
  'group',
  'cell',
  'load_percent',
  'pairs',
  'quantity',
  'unit',
  'simulated',
  'simulated_low',
  'simulated_high',
  'live',
  'live_low',
  'live_high',
  'difference',
  'difference_low',
  'difference_high',
  'difference_unit',
  'limit',
  'live_noise',
  'verdict',
  'remark',
  'live_method',
  'live_samples',
  'confidence',
] as const;

export function fidelityCsv({ cells, confidence }: FidelityResult): string {
  const rows = cells.flatMap(({ group, label, loadPercent, pairs, comparisons }) =>
    comparisons.map(({ quantity, simulated, live, difference, limit, liveNoise, verdict, remark }) => {
      const { unit, differenceUnit } = fidelityQuantity(quantity);
      const values = [simulated, live, difference].flatMap(({ mean, low, high }) => [mean, low, high]);
      const cell = [group, label, loadPercent, pairs, quantity, unit];
      return cell
        .concat(values, [differenceUnit, limit, liveNoise, verdict, remark])
        .concat(live.method, live.samples, confidence);
    }),
  );
  return stringify([[...COLUMNS], ...rows]);
}
