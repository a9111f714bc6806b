// Numbers and times as people read them. What is not known is a dash.

export const UNKNOWN = '–';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** @param {number | null | undefined} value */
export function isKnown(value) {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Three digits that count, as few as it takes: 0.42, 4.2, 42.1, 421, 4,210. */
export function figure(value) {
  if (!isKnown(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return whole.format(value);
  return String(Number(value.toPrecision(size < 1 ? 2 : 3)));
}

/** @returns {[string, string]} A duration and its unit. */
export function duration(ms) {
  if (!isKnown(ms)) return [UNKNOWN, ''];
  return ms >= 1000 ? [figure(ms / 1000), 's'] : [figure(ms), 'ms'];
}

/** A share as a percentage: never 100 when something is missing. */
export function percent(share) {
  if (!isKnown(share)) return UNKNOWN;
  const value = 100 * share;
  if (value > 99.9 && value < 100) return '99.9';
  return value >= 99.95 ? '100' : value.toFixed(1);
}

export function bytes(value) {
  if (!isKnown(value)) return UNKNOWN;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${figure(value / 1000 ** power)} ${units[power]}`;
}

/** How long something has been: the two largest units. */
export function age(seconds) {
  if (!isKnown(seconds)) return UNKNOWN;
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** @param {number} ms Since 1970. */
export function time(ms) {
  return clock.format(ms);
}

export function shortTime(ms) {
  return shortClock.format(ms);
}

/** @param {number} count @param {string} one @param {string} many */
export function counted(count, one, many = `${one}s`) {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}
