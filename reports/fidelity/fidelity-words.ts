/** A comparison in words: names of cells, differences with sign and unit, and the verdict in a sentence. */
import { fidelityQuantity } from '../../core/index.ts';
import type {
  FidelityCellResult,
  FidelityComparison,
  FidelityExtreme,
  FidelityQuantityName,
  FidelityResult,
  FidelityTally,
  IntervalResult,
} from '../../core/index.ts';
import { NOTHING, formatNumber, formatPlain, formatValue, printable } from '../format.ts';

/** Digits of a difference that matter beside a bar of whole points and percents. */
const DECIMALS = { points: 2, '%': 1 } as const;

/** "+0.31 points", "−12.4 %". */
export function differenceText(quantity: FidelityQuantityName, value: number | null): string {
  if (value === null) return NOTHING;
  const { differenceUnit } = fidelityQuantity(quantity);
  const text = formatNumber(value, DECIMALS[differenceUnit]);
  return `${value > 0 && /[1-9]/.test(text) ? '+' : ''}${text} ${differenceUnit}`;
}

/** "0.31 points", for how far apart. */
export function distanceText(quantity: FidelityQuantityName, value: number | null): string {
  return differenceText(quantity, value === null ? null : Math.abs(value)).replace(/^\+/, '');
}

/** "96.41 ± 2.3": a side's mean with as many digits as the other side's, so that the two can be compared by eye. */
export function sideText({ mean, halfWidth }: IntervalResult): string {
  if (mean === null || halfWidth === null) return formatValue(mean);
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(halfWidth === 0 ? 1 : halfWidth)));
  return `${formatValue(mean)} ± ${halfWidth === 0 ? '0' : formatNumber(halfWidth, Math.min(decimals, 6))}`;
}

/** A cell's name; with its group where there are several and the label does not say it. */
export function cellName(
  { group, cell }: { readonly group: string; readonly cell: string },
  { cells }: Pick<FidelityResult, 'cells'>,
): string {
  const several = cells.some((each) => each.group !== group);
  return printable(several && !cell.includes(group) ? `${group}: ${cell}` : cell);
}

/** A cell's name beside that of its group, which need not be said again: "30 %" of "poisson, 30 %". */
export function labelInGroup({ label, group }: Pick<FidelityCellResult, 'label' | 'group'>): string {
  const rest = label.startsWith(group) ? label.slice(group.length).replace(/^[\s,:;/-]+/, '') : label;
  return printable(rest === '' ? label : rest);
}

/** "60 %", or nothing where it is not known. */
export function loadText({ loadPercent }: FidelityCellResult): string {
  return loadPercent === null ? NOTHING : `${formatPlain(loadPercent)} %`;
}

export function comparisonIn(cell: FidelityCellResult, quantity: FidelityQuantityName): FidelityComparison | undefined {
  return cell.comparisons.find((each) => each.quantity === quantity);
}

/** Whether the simulation can be believed, by the bar, in a few sentences. */
export function fidelitySentence(result: FidelityResult): string {
  const { summary, cells } = result;
  if (cells.length === 0) return 'Nothing was compared.';
  const opening = {
    met: 'The simulation meets the bar.',
    missed: 'The simulation misses the bar.',
    undecided: 'The bar is neither met nor missed: something that it speaks of could not be judged.',
  }[summary.verdict];
  const tallies = summary.tallies.map((tally) => tallyText(tally, result));
  const [worst] = summary.worst.filter(({ verdict }) => verdict === 'misses');
  const closing = worst === undefined ? [] : [`Furthest off: ${extremeText(worst, result)}.`];
  return [opening, ...tallies, ...closing].join(' ');
}

/** "p99 latency of quickstart: adaptive, −62.1 % where 9 % is allowed". */
export function extremeText(extreme: FidelityExtreme, result: FidelityResult): string {
  const { quantity, difference, limit } = extreme;
  const allowed = `${formatPlain(limit)} ${fidelityQuantity(quantity).differenceUnit}`;
  const { label } = fidelityQuantity(quantity);
  return `${label} of ${cellName(extreme, result)}, ${differenceText(quantity, difference)} where ${allowed} is allowed`;
}

function tallyText(tally: FidelityTally, { bar, summary }: FidelityResult): string {
  const { quantity, judged, within, withinNoise, unknown, largest, mean } = tally;
  const { label } = fidelityQuantity(quantity);
  const open = unknown === 0 ? '' : ` ${cellsText(unknown)} could not be judged.`;
  const name = label.replace(/^[a-z](?![0-9])/, (letter) => letter.toUpperCase());
  if (judged === 0) return unknown === 0 ? `${name}: the bar says nothing at these loads.` : `${name}:${open}`;
  const noise = withinNoise === 0 ? '' : ` (${withinNoise} of them by the noise of the live runs)`;
  if (quantity === 'attainment_percent') {
    const average = `${distanceText(quantity, mean)} on average (limit ${formatPlain(bar.attainmentPointsMeanMax)}${
      summary.attainmentMeanWithin === false ? ', missed' : ''
    })`;
    return `${name} differs by ${distanceText(quantity, largest)} at most (limit ${formatPlain(
      bar.attainmentPointsMax,
    )}), ${average}, over ${cellsText(judged)}.${open}`;
  }
  const limit = formatPlain(bar.latencyShareMax * 100);
  return `${name} is within ${limit} % in ${within + withinNoise} of ${judged} judged ${judged === 1 ? 'cell' : 'cells'}${noise}.${open}`;
}

function cellsText(count: number): string {
  return count === 1 ? '1 cell' : `${count} cells`;
}
