/** The times of one part of a timings result, unit by unit. Invariant: what the requests of a batch share counts once. */
import type { TimingsPartInfo, TimingsSamples } from './timings-result.ts';

/** Milliseconds by process or turn; of what a batch shares, one time for each batch. */
export function timingsUnits(
  { name, sampleOf }: TimingsPartInfo,
  { unit, batch, partsMs }: TimingsSamples,
): number[][] {
  const units = new Map<number, number[]>();
  const seen = new Set<string>();
  for (const [at, timeMs] of (partsMs[name] ?? []).entries()) {
    const key = `${unit[at]}/${batch[at]}`;
    if (sampleOf === 'batch' && seen.has(key)) continue;
    seen.add(key);
    const times = units.get(unit[at]);
    if (times === undefined) units.set(unit[at], [timeMs]);
    else times.push(timeMs);
  }
  return [...units.values()];
}
