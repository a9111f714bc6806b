/** A length of time for people: one decimal in the unit that fits. */
import type { Nanos } from '../core/index.ts';
import { formatDuration, toSeconds } from '../core/index.ts';

const MINUTE_S = 60;
const HOUR_S = 3600;

export function span(duration: Nanos): string {
  const value = toSeconds(duration);
  if (value >= 2 * HOUR_S) return `${(value / HOUR_S).toFixed(1)} h`;
  if (value >= 2 * MINUTE_S) return `${(value / MINUTE_S).toFixed(1)} min`;
  return value >= 1 ? `${value.toFixed(1)} s` : formatDuration(duration);
}
