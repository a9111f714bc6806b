/** Azure LLM inference 2023 (Azure/AzurePublicDataset): stamps of 0.1 us, tokens in and out, no model names. */
import type { EventColumns } from '../trace-options.ts';
import { csvEvents } from './event-columns.ts';
import type { TraceReader } from './reader.ts';

const COLUMNS: EventColumns = {
  time: 'TIMESTAMP',
  timeUnit: 'iso8601',
  inputTokens: 'ContextTokens',
  outputTokens: 'GeneratedTokens',
};

export const azureLlm2023Reader: TraceReader = {
  format: 'azure-llm-2023',
  doc: 'CSV with TIMESTAMP,ContextTokens,GeneratedTokens',
  origin: 'first-row',
  sorted: true,
  recognises: ({ cells }) => cells[0] === 'TIMESTAMP' && cells.includes('ContextTokens'),
  rows: (context) => csvEvents(context, 'first-row', () => COLUMNS),
};
