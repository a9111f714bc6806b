/** Our own CSV: one arrival a row, times from the start of the run. Only `arrival_s` must be there. */
import { ServingError } from '../../core/index.ts';
import type { EventColumns } from '../trace-options.ts';
import { csvEvents } from './event-columns.ts';
import type { TraceReader } from './reader.ts';

/** The header of our format, as it is written. */
export const REHEARSE_COLUMNS = [
  'arrival_s',
  'application',
  'use_case',
  'architecture',
  'variant',
  'inputs',
  'latency_ms',
  'accuracy_percent',
] as const;

export const rehearseReader: TraceReader = {
  format: 'rehearse',
  doc: `CSV with ${REHEARSE_COLUMNS.join(',')}; all but the first may be missing`,
  origin: 'own',
  sorted: true,
  recognises: (head) => head.cells.includes('arrival_s'),
  rows: (context) => csvEvents(context, 'own', (header) => columnsOf(context.path, header)),
};

function columnsOf(path: string, header: readonly string[]): EventColumns {
  const known: readonly string[] = REHEARSE_COLUMNS;
  const unknown = header.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ServingError({
      code: 'TRACE_COLUMN_UNKNOWN',
      place: `${path}:1`,
      message: 'the header has columns that the format does not have',
      found: unknown.join(', '),
      expected: known.join(', '),
      next: 'rename them, or read the file as csv with a column mapping',
    });
  }
  const present = (name: string): string | undefined => (header.includes(name) ? name : undefined);
  return {
    time: 'arrival_s',
    timeUnit: 's',
    application: present('application'),
    useCase: present('use_case'),
    architecture: present('architecture'),
    variant: present('variant'),
    inputs: present('inputs'),
    latency: present('latency_ms'),
    latencyUnit: 'ms',
    accuracyPercent: present('accuracy_percent'),
  };
}
