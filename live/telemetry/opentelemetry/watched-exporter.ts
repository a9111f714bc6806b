/**
 * An exporter that tells how its sendings went: a collector that cannot be reached is worth one line when it goes and
 * one when it is back, and a count in between.
 */
import { ExportResultCode } from '@opentelemetry/core';
import type { ExportResult } from '@opentelemetry/core';

export interface SendingReport {
  /** @param message why not, where it failed. */
  (signal: 'traces' | 'metrics', ok: boolean, message: string): void;
}

interface Exporter<T> {
  export(data: T, done: (result: ExportResult) => void): void;
}

/** The same exporter; its `export` reports. */
export function watched<T, E extends Exporter<T>>(exporter: E, signal: 'traces' | 'metrics', report: SendingReport): E {
  const send = exporter.export.bind(exporter);
  exporter.export = (data, done) => {
    send(data, (result) => {
      report(signal, result.code === ExportResultCode.SUCCESS, result.error?.message ?? '');
      done(result);
    });
  };
  return exporter;
}
