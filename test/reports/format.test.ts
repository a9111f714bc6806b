import { describe, expect, test } from 'vitest';
import {
  formatConfidence,
  formatCount,
  formatInstant,
  formatInterval,
  formatNumber,
  formatPlain,
  formatPlusMinus,
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
    expect(formatPlusMinus(intervalOf(97.1234, 0.3123))).toBe('97.12 ± 0.31');
    expect(formatPlusMinus(intervalOf(12_345.678, 123.4))).toBe('12,346 ± 123');
    expect(formatInterval(intervalOf(97.1234, 3)).range).toBe('[94.1, 100.1]');
  });

  test('a value of unknown error has four significant digits, and a half-width adds no more than one', () => {
    expect(formatValue(97.123_456)).toBe('97.12');
    expect(formatValue(0.001_234_56)).toBe('0.001235');
    expect(formatPlusMinus(intervalOf(97.123_456, 0.0021))).toBe('97.123 ± 0.002');
    expect(formatPlusMinus(intervalOf(97.123_456, 1e-9))).toBe('97.12 ± 0');
  });

  test('a value that does not exist is a dash, and a sentence says so', () => {
    expect(formatValue(null)).toBe('–');
    expect(formatPlusMinus({ ...intervalOf(0, null), mean: null })).toBe('–');
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
