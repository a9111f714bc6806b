/**
 * The latency of a variant as INFaaS models it: a least-squares line through the profiled latencies at batches 1, 4
 * and 8 (modelreg_server.cc). One point if the largest batch is 1 (slope through the origin), two below 8, else three.
 */
import { linearRegression } from 'simple-statistics';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { toMilliseconds } from '../../time.ts';
import type { Nanos } from '../../time.ts';

export interface LatencyLine {
  /** Milliseconds per input. */
  readonly slopeMs: number;
  readonly interceptMs: number;
}

/** Lines for every variant, by index. */
export function latencyLines({ variants, latency }: Pick<Catalogue, 'variants' | 'latency'>): readonly LatencyLine[] {
  return variants.map(({ maxBatch }, index) => lineOf(maxBatch, (batch) => latency[index].expectedBatchNs(batch)));
}

/** @param expectedNs latency of a batch, asked for 1, 4 and 8 as far as the largest batch goes. */
export function lineOf(maxBatch: number, expectedNs: (batch: number) => Nanos): LatencyLine {
  const at = (batch: number): [number, number] => [batch, toMilliseconds(expectedNs(batch))];
  if (maxBatch === 1) return { slopeMs: at(1)[1], interceptMs: 0 };
  const points = [1, 4, 8].filter((batch) => batch <= maxBatch).map(at);
  // A largest batch of 2 or 3 has one profiled point below 4; the line then runs through it and the largest batch.
  if (points.length === 1) points.push(at(maxBatch));
  const { m: slopeMs, b: interceptMs } = linearRegression(points);
  return { slopeMs, interceptMs };
}

/** Milliseconds for a batch of that many inputs. */
export function predictedMs({ slopeMs, interceptMs }: LatencyLine, batch: number): number {
  return slopeMs * batch + interceptMs;
}

/** Inputs per second of one replica that runs such batches back to back. */
export function saturationPerSecond(line: LatencyLine, batch: number): number {
  return (1000 / predictedMs(line, batch)) * batch;
}
