import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventStreams } from '../../../live/dashboard/event-streams.ts';
import { History } from '../../../live/dashboard/history.ts';
import { COLUMNS } from '../../../live/dashboard/point.ts';
import type { ColumnName } from '../../../live/dashboard/point.ts';
import { QuantileWindow } from '../../../live/dashboard/quantile-window.ts';
import { StagedService, machineState, variantState } from './staged-service.ts';

function at(point: readonly (number | null)[], column: ColumnName): number | null {
  return point[COLUMNS.indexOf(column)];
}

describe('quantiles', () => {
  test('are within 2.2 % of the exact ones', () => {
    const durations = fc.array(fc.integer({ min: 2000, max: 60e9 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(durations, fc.constantFrom(0.5, 0.99), (values, probability) => {
        const window = new QuantileWindow(3);
        for (const value of values) window.add(value);
        const exact = values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(probability * values.length)) - 1];
        const error = Math.abs(window.quantileNs(probability) / exact - 1);
        expect(error).toBeLessThan(0.023);
      }),
    );
  });

  test('are no edges of steps: durations that are close together have quantiles of their own', () => {
    const window = new QuantileWindow(2);
    for (let i = 0; i < 1000; i += 1) window.add(10e6 + i * 100);
    const [p50, p99] = [window.quantileNs(0.5), window.quantileNs(0.99)];
    expect(p99).toBeGreaterThan(p50);
    for (const quantile of [p50, p99]) expect(Math.abs(quantile / 10.05e6 - 1)).toBeLessThan(0.022);
  });

  test('forget what is older than the window, and know nothing when it is empty', () => {
    const window = new QuantileWindow(2);
    window.add(1e6);
    window.advance();
    expect(window.quantileNs(0.5)).toBeCloseTo(1e6, -5);
    window.advance();
    expect(window.quantileNs(0.5)).toBeNaN();
  });

  test('durations of nothing and of days are counted at the ends of the scale', () => {
    const window = new QuantileWindow(2);
    window.add(0);
    expect(window.quantileNs(0.5)).toBeLessThan(2000);
    window.add(1e15);
    expect(window.quantileNs(1)).toBeGreaterThan(60e9);
  });
});

describe('history', () => {
  test('a second holds what ended in it, and the state at its end', () => {
    const service = new StagedService({
      variants: [variantState('m', { ready: 2, held: 1, queued: 3 })],
      machines: [machineState('a'), machineState('b', { state: 'booting' })],
    });
    const history = new History(60);
    service.observe(history);
    service.tell({}, 3);
    service.tell({ outcome: 'late', reason: 'deadline-missed' });
    service.tell({ outcome: 'rejected', reason: 'queue-full', variant: '', version: '' });
    service.tell({ outcome: 'cancelled', reason: 'client-cancelled' });
    service.tellBatch('m', 4);
    const { all, variants } = history.close(service.snapshot(), 5000);
    const shown = (point: readonly (number | null)[]): unknown =>
      (['answered', 'late', 'refused', 'met', 'missed', 'batchInputs', 'waiting', 'workers', 'machines'] as const).map(
        (column) => at(point, column),
      );
    expect(shown(all)).toEqual([4, 1, 1, 3, 2, 4, 4, 2, 1]);
    expect(shown(variants[0].point)).toEqual([4, 1, 0, 3, 1, 4, 4, 2, 1]);
    expect(at(all, 'p50Ms')).toBeCloseTo(10, 0);
    expect(at(history.close(service.snapshot(), 6000).all, 'answered')).toBe(0);
  });

  test('keeps the last seconds only, and tells a column that never changed as one value', () => {
    const service = new StagedService();
    const history = new History(60);
    for (let second = 1; second <= 100; second += 1) history.close(service.snapshot(), second * 1000);
    const { all, sequence, lengthS } = history.wire();
    expect([sequence, lengthS]).toEqual([100, 60]);
    expect(all[COLUMNS.indexOf('atS')]).toEqual(Array.from({ length: 60 }, (_, i) => 41 + i));
    expect(all[COLUMNS.indexOf('answered')]).toBe(0);
    expect(all[COLUMNS.indexOf('p99Ms')]).toBeNull();
  });

  test('variants beyond the bound are part of the whole only, and those that are gone make room', () => {
    const service = new StagedService({ variants: Array.from({ length: 100 }, (_, i) => variantState(`m${i}`)) });
    const history = new History(60);
    service.observe(history);
    expect(history.close(service.snapshot(), 1000).variants).toHaveLength(30);
    service.tell({ variant: 'm99' });
    expect(at(history.close(service.snapshot(), 2000).all, 'answered')).toBe(1);
    service.stage({ variants: [variantState('m99')] });
    expect(history.close(service.snapshot(), 3000).variants.map(({ name }) => name)).toEqual(['m99']);
  });
});

describe('streams of events', () => {
  const event = (state: string, text = '{}'): Parameters<EventStreams['send']>[0] => ({
    name: 'second',
    state,
    whole: () => `"whole ${text}"`,
    brief: () => `"brief"`,
  });

  test('a page gets the part that seldom changes once, and again when it changed', () => {
    const streams = new EventStreams(1);
    const stream = streams.add();
    for (const state of ['a', 'a', 'b']) streams.send(event(state));
    const text = String(stream?.read());
    expect(text.match(/"(whole|brief)/g)).toEqual(['"whole', '"brief', '"whole']);
    expect(text).toContain('event: second\ndata: "whole {}"\n\n');
  });

  test('no more pages than the bound, and one that leaves makes room', async () => {
    const streams = new EventStreams(1);
    const first = streams.add();
    expect(streams.add()).toBeUndefined();
    first?.destroy();
    await new Promise((resolve) => first?.once('close', resolve));
    expect(streams.add()).toBeDefined();
  });

  test('a page that does not read skips seconds in bounded memory, and is let go at last', async () => {
    const streams = new EventStreams(1);
    const stream = streams.add();
    for (let i = 0; i < 20; i += 1) streams.send(event(`${i}`, 'x'.repeat(100_000)));
    expect(stream?.readableLength).toBeLessThan(400_000);
    for (let i = 0; i < 20; i += 1) streams.send(event(`${i}`, 'x'.repeat(100_000)));
    await new Promise((resolve) => stream?.once('close', resolve));
    expect(streams.count).toBe(0);
  });

  test('closing ends every stream and takes no more', async () => {
    const streams = new EventStreams(2);
    const stream = streams.add();
    streams.close();
    stream?.resume();
    await new Promise((resolve) => stream?.once('end', resolve));
    expect(streams.add()).toBeUndefined();
  });
});
