import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  NEVER,
  formatBytes,
  formatDuration,
  parseBytes,
  parseDuration,
  parseEnergy,
  parseMoney,
  parsePercent,
  parsePricePerHour,
  parseRate,
} from '../../core/index.ts';

describe('a duration', () => {
  test.each([
    ['5 ms', 5_000_000],
    ['1.5ms', 1_500_000],
    ['.5 us', 500],
    ['2 µs', 2_000],
    ['2 μs', 2_000],
    ['7 ns', 7],
    ['0 s', 0],
    ['0.1 s', 100_000_000],
    ['2 min', 120_000_000_000],
    ['1.5 h', 5_400_000_000_000],
    ['1 d', 86_400_000_000_000],
    ['1e3 us', 1_000_000],
    ['  3 s ', 3_000_000_000],
  ])('%s is %d ns', (text, durationNs) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: durationNs });
  });

  test.each(['5', 5, '', 'ms', '-5 ms', '5 seconds', '5 m', '5 MS', 'NaN ms', '1e300 s', '5 ms 3', '1,5 ms', null])(
    '%s is refused with the units',
    (text) => {
      expect(parseDuration(text)).toEqual({
        ok: false,
        expected: 'a duration with its unit, such as "5 ms" (ns, us, ms, s, min, h or d)',
      });
    },
  );

  test('is written so that it reads back the same, up to eleven days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), (durationNs) => {
        expect(parseDuration(formatDuration(durationNs))).toEqual({ ok: true, value: durationNs });
      }),
    );
  });

  test('is written in its largest fitting unit', () => {
    const written = [0, 999, 1_500, 1_234_567, 90e9, 120e9, 7_200e9, NEVER].map(formatDuration);
    expect(written).toEqual(['0 ns', '999 ns', '1.5 us', '1.234567 ms', '90 s', '2 min', '2 h', 'never']);
  });
});

describe('an amount of memory', () => {
  test.each([
    ['512 MB', 512e6],
    ['1 KiB', 1024],
    ['1.5 GiB', 1_610_612_736],
    ['46.7MB', 46_700_000],
    ['12 B', 12],
    ['1 kB', 1000],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseBytes(text)).toEqual({ ok: true, value: bytes });
  });

  test.each(['512', 512, '512 M', '-1 MB', '1e30 TB', '5 ms'])('%s is refused with the units', (text) => {
    expect(parseBytes(text)).toMatchObject({ ok: false, expected: expect.stringContaining('512 MB') });
  });

  test('is written so that it reads back the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e14 }), (bytes) => {
        expect(parseBytes(formatBytes(bytes))).toEqual({ ok: true, value: bytes });
      }),
    );
  });
});

describe('a rate', () => {
  test.each([
    ['500/s', 500],
    ['30/min', 0.5],
    ['7200 / h', 2],
    ['0/s', 0],
  ])('%s is %d per second', (text, rateRps) => {
    expect(parseRate(text)).toEqual({ ok: true, value: rateRps });
  });

  test.each(['500', 500, '500 s', '500/ms', '-1/s', '1e999/s'])('%s is refused with the units', (text) => {
    expect(parseRate(text)).toEqual({ ok: false, expected: 'a rate with its unit, such as "500/s" (/s, /min or /h)' });
  });
});

describe('a percentage', () => {
  test.each([
    ['99.5 %', 99.5],
    ['0%', 0],
    ['100%', 100],
  ])('%s is %d percent', (text, percent) => {
    expect(parsePercent(text)).toEqual({ ok: true, value: percent });
  });

  test.each(['0.995', 99, '101 %', '-1 %', '99 percent'])('%s is refused', (text) => {
    expect(parsePercent(text)).toMatchObject({ ok: false, expected: expect.stringContaining('from 0 to 100') });
  });
});

describe('an energy, an amount of money and a price', () => {
  test.each([
    [parseEnergy, '5 J', 5],
    [parseEnergy, '20 kJ', 20_000],
    [parseEnergy, '1.5 MJ', 1_500_000],
    [parseEnergy, '2 Wh', 7200],
    [parseEnergy, '1 kWh', 3_600_000],
    [parseMoney, '0.5 USD', 0.5],
    [parseMoney, '.5USD', 0.5],
    [parsePricePerHour, '2 USD/h', 2],
  ])('%o of %s is %d', (parse, text, value) => {
    expect(parse(text)).toEqual({ ok: true, value });
  });

  test.each([
    [parseEnergy, '5', 'an energy with its unit, such as "20 kJ" (J, kJ, MJ, Wh or kWh)'],
    [parseEnergy, '5 W', 'an energy with its unit, such as "20 kJ" (J, kJ, MJ, Wh or kWh)'],
    [parseEnergy, '1e400 J', 'an energy with its unit, such as "20 kJ" (J, kJ, MJ, Wh or kWh)'],
    [parseMoney, '5 USD/h', 'an amount of money with its unit, such as "0.5 USD"'],
    [parseMoney, '-5 USD', 'an amount of money with its unit, such as "0.5 USD"'],
    [parsePricePerHour, '5 USD', 'a price with its unit, such as "2 USD/h"'],
    [parsePricePerHour, 2, 'a price with its unit, such as "2 USD/h"'],
  ])('%o refuses %s with the units', (parse, text, expected) => {
    expect(parse(text)).toEqual({ ok: false, expected });
  });
});
