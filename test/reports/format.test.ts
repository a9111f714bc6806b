import { describe, expect, test } from 'vitest';
import {
  formatConfidence,
  formatCount,
  formatInstant,
  formatInterval,
  formatNumber,
  formatPlain,
  formatMeasured,
  formatSeconds,
  formatSigned,
  formatValue,
  formatWithUnit,
  listInWords,
  printable,
  shortened,
} from '../../reports/format.ts';
import { interval } from './fixture.ts';

const intervalOf = (mean: number, halfWidth: number | null) => ({
  ...interval([mean]),
  mean,
  halfWidth,
  low: halfWidth === null ? null : mean - halfWidth,
  high: halfWidth === null ? null : mean + halfWidth,
});

describe('numbers', () => {
  test('a value has the decimals of its half-width, which has two significant digits', () => {
    expect(formatMeasured(intervalOf(97.1234, 0.3123), 'ms')).toBe('97.12 ± 0.31');
    expect(formatMeasured(intervalOf(12_345.678, 123.4), 'ms')).toBe('12,346 ± 123');
    expect(formatInterval(intervalOf(97.1234, 3)).range).toBe('[94.1, 100.2]');
  });

  test('the ends of an interval are rounded away from its mean, and no further than there is need', () => {
    expect(formatInterval({ ...intervalOf(10, 1.04), low: 8.961, high: 11.041 }).range).toBe('[8.9, 11.1]');
    expect(formatInterval({ ...intervalOf(0.3, 0.1), low: 0.1 + 0.1, high: 0.1 * 3 + 0.1 }).range).toBe('[0.20, 0.40]');
    expect(formatInterval(intervalOf(-3.25, 0.511)).range).toBe('[−3.77, −2.73]');
  });

  test.each([
    [intervalOf(22, 742), 'ms', '22 [0, 764]'],
    [intervalOf(98.5, 2.83), '%', '98.5 [95.6, 100.0]'],
    [intervalOf(55, 361), '%', '55 [0, 100]'],
    [intervalOf(98.5, 2.83), 'ms', '98.5 ± 2.8'],
    [intervalOf(100, 0), '%', '100.0 ± 0'],
    [intervalOf(0, 0), '%', '0 ± 0'],
  ])('%j in %s is %s: no interval reaches what cannot be', (value, unit, text) => {
    expect(formatMeasured(value, unit)).toBe(text);
  });

  test('a value of unknown error has four significant digits, and a half-width adds no more than one', () => {
    expect(formatValue(97.123_456)).toBe('97.12');
    expect(formatValue(0.001_234_56)).toBe('0.001235');
    expect(formatMeasured(intervalOf(97.123_456, 0.0021), 'ms')).toBe('97.123 ± 0.002');
    expect(formatMeasured(intervalOf(97.123_456, 1e-9), 'ms')).toBe('97.12 ± 0');
  });

  test('a value that does not exist is a dash, and a sentence says so', () => {
    expect(formatValue(null)).toBe('–');
    expect(formatMeasured({ ...intervalOf(0, null), mean: null }, 'ms')).toBe('–');
    expect(formatWithUnit({ ...intervalOf(0, null), mean: null }, 'latency_p99_ms')).toBe('no value');
  });

  test('zero is never negative, and differences show their direction', () => {
    expect(formatNumber(-0.001, 2)).toBe('0.00');
    expect(formatSigned(intervalOf(3.2, 0.5))).toBe('+3.20');
    expect(formatSigned(intervalOf(-3.2, 0.5))).toBe('−3.20');
    expect(formatSigned(intervalOf(0, 0.5))).toBe('0.00');
    expect(formatSigned(intervalOf(0.123_45, 0.000_12), intervalOf(70, 1.5))).toBe('+0.1');
  });

  test('thousands are grouped, and numbers too large for that are still written', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatNumber(1e21, 0)).toBe('1e+21');
  });

  test('chosen values and times lose their trailing zeros', () => {
    expect([formatPlain(7), formatPlain(0.5), formatPlain(1200)]).toEqual(['7', '0.5', '1,200']);
    expect([formatSeconds(1), formatSeconds(900), formatSeconds(9000)]).toEqual(['1 s', '15 min', '2.5 h']);
    expect(formatConfidence(0.975)).toBe('97.5 %');
    expect(formatInstant('2026-02-11T09:30:12.345Z')).toBe('2026-02-11 09:30 UTC');
    expect(formatInstant('yesterday')).toBe('yesterday');
  });
});

describe('texts', () => {
  test('control characters, direction marks and broken surrogates become visible replacements', () => {
    expect(printable('a\u001B[31mb\u202Ec\u0000\uD800')).toBe('a\uFFFD[31mb\uFFFDc\uFFFD\uFFFD');
    expect(printable('Größe 模型 🙂')).toBe('Größe 模型 🙂');
  });

  test('a shortened name keeps both its ends and never splits a character', () => {
    expect(shortened('🙂'.repeat(20), 7)).toBe(`${'🙂'.repeat(4)}…${'🙂'.repeat(2)}`);
    expect(shortened('short', 7)).toBe('short');
  });

  test('a list is read with an "and"', () => {
    expect([listInWords([]), listInWords(['a']), listInWords(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
  });
});
