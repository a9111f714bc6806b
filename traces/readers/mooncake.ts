/** Mooncake (kvcache-ai/Mooncake): milliseconds since the start of the trace and token counts, as CSV or JSONL. */
import type { EventColumns } from '../trace-options.ts';
import { csvEvents, jsonEvents } from './event-columns.ts';
import type { ReadContext, TraceReader } from './reader.ts';
import { readHead } from './read-head.ts';
import type { TraceRow } from './trace-row.ts';

const COLUMNS: EventColumns = {
  time: 'timestamp',
  timeUnit: 'ms',
  inputTokens: 'input_length',
  outputTokens: 'output_length',
};

export const mooncakeReader: TraceReader = {
  format: 'mooncake',
  doc: 'CSV or JSONL with timestamp (ms), input_length, output_length',
  origin: 'own',
  sorted: true,
  recognises: ({ cells, json }) => {
    const names = json === null ? cells : Object.keys(json);
    return names.includes('timestamp') && names.includes('input_length') && names.includes('output_length');
  },
  rows: mooncakeRows,
};

async function* mooncakeRows(context: ReadContext): AsyncGenerator<TraceRow> {
  const head = await readHead(context.path, context.options);
  if (head.json === null) yield* csvEvents(context, 'own', () => COLUMNS);
  else yield* jsonEvents(context, 'own', COLUMNS);
}
