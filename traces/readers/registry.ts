/** Every trace reader, by the name of its format. Detection tries them in this order: the published ones first. */
import type { TraceFormat } from '../trace-options.ts';
import { azureFunctions2019Reader } from './azure-functions-2019.ts';
import { azureFunctions2021Reader } from './azure-functions-2021.ts';
import { azureLlm2023Reader } from './azure-llm-2023.ts';
import { countsReader } from './counts.ts';
import { csvReader, jsonlReader } from './mapped.ts';
import { mooncakeReader } from './mooncake.ts';
import type { TraceReader } from './reader.ts';
import { rehearseReader } from './rehearse.ts';
import { servegenReader } from './servegen.ts';

export const TRACE_READERS: Readonly<Record<TraceFormat, TraceReader>> = {
  rehearse: rehearseReader,
  'azure-llm-2023': azureLlm2023Reader,
  'azure-functions-2019': azureFunctions2019Reader,
  'azure-functions-2021': azureFunctions2021Reader,
  servegen: servegenReader,
  mooncake: mooncakeReader,
  counts: countsReader,
  csv: csvReader,
  jsonl: jsonlReader,
};
