/** `rehearse trace`: look at traces, make them, change them. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { convertTrace, describeTrace, generateTrace } from '../../traces/index.ts';
import type { TraceDescription, WrittenTrace } from '../../traces/index.ts';
import type { Outcome } from '../exit-codes.ts';
import { addTraceOptions, traceOptions } from '../trace-options.ts';
import { span } from '../span.ts';
import type { TraceFlags } from '../trace-options.ts';

/** What is said of gaps when there are too few rows to have any. */
const NO_GAPS = 'unknown: too few rows';

export function traceCommand(_outcome: Outcome): Command {
  const command = new Command('trace')
    .description('Describe, generate and convert traffic traces.')
    .addHelpText('after', '\nExample:\n  $ rehearse trace info AzureLLMInferenceTrace_conv.csv');
  command.addCommand(infoCommand());
  command.addCommand(generateCommand());
  command.addCommand(convertCommand());
  return command;
}

function infoCommand(): Command {
  const command = new Command('info')
    .description('Rows, span, rates and burstiness of a trace.')
    .argument('<file>', 'trace file; .gz is read as it is')
    .option('--json', 'print one object')
    .addHelpText('after', '\nExample:\n  $ rehearse trace info AzureLLMInferenceTrace_conv.csv');
  return addTraceOptions(command).action(async (file: string, flags: TraceFlags & { json?: boolean }) => {
    const description = await describeTrace(file, traceOptions(flags));
    process.stdout.write(flags.json === true ? `${JSON.stringify(description, null, 1)}\n` : describe(description));
  });
}

function generateCommand(): Command {
  return new Command('generate')
    .description("Write the arrivals of a config's workload as a trace.")
    .argument('<config>', 'experiment config (YAML)')
    .argument('<out>', 'file to write (our CSV)')
    .option('--seed <seed>', "root of all randomness, in place of the config's")
    .addHelpText(
      'after',
      '\nExample:\n  $ rehearse trace generate experiments/configs/quickstart.yaml poisson.csv --seed 7',
    )
    .action(async (file: string, out: string, { seed }: { seed?: string }) => {
      const { loadConfig } = await import('../../experiments/index.ts');
      const config = await loadConfig(file, seed === undefined ? {} : { seed });
      say(await generateTrace(config.points[0].scenario.workload, `${config.seed}/0`, resolve(out)));
    });
}

function convertCommand(): Command {
  const command = new Command('convert')
    .description('Write a trace of any known format as our CSV, reshaped as the options say.')
    .argument('<file>', 'trace file; .gz is read as it is')
    .argument('<out>', 'file to write')
    .option('--seed <seed>', 'seed of what is drawn (thinning, counts)', '1')
    .addHelpText('after', '\nExample:\n  $ rehearse trace convert mooncake.csv.gz first-minute.csv --to "1 min"');
  return addTraceOptions(command).action(async (file: string, out: string, flags: TraceFlags & { seed: string }) => {
    say(await convertTrace(file, traceOptions(flags), resolve(out), flags.seed));
  });
}

function say({ path, rows, badRows }: WrittenTrace): void {
  const skipped = badRows.total === 0 ? '' : `, ${badRows.total} bad rows skipped (first: ${badRows.first})`;
  process.stdout.write(`${path}: ${rows} rows${skipped}\n`);
}

function describe(trace: TraceDescription): string {
  const lines: [string, string][] = [
    ['format', trace.format],
    ['rows', String(trace.rows)],
    ['span', span(trace.spanNs)],
    ['mean rate', Number.isNaN(trace.meanRps) ? NO_GAPS : `${trace.meanRps.toFixed(3)}/s`],
    ['peak second', `${trace.peakRps1s}/s`],
    ['peak minute', `${trace.peakRps60s.toFixed(3)}/s`],
    ['inter-arrival CV', Number.isNaN(trace.interArrivalCv) ? NO_GAPS : trace.interArrivalCv.toFixed(3)],
  ];
  const ranges = [
    ['inputs', trace.inputs],
    ['input tokens', trace.inputTokens],
    ['output tokens', trace.outputTokens],
  ] as const;
  for (const [name, { rows, minimum, mean, maximum }] of ranges) {
    if (rows > 0) lines.push([name, `${minimum} to ${maximum}, mean ${mean.toFixed(1)}`]);
  }
  const { total, first } = trace.badRows;
  if (total > 0) lines.push(['bad rows skipped', `${total} (first: ${first})`]);
  for (const { kind, rows } of trace.kinds.slice(0, 10)) {
    const asked = [kind.application, kind.useCase, kind.architecture, kind.variant]
      .filter((part) => part !== '')
      .join(' / ');
    lines.push(['asks for', `${asked === '' ? '(nothing named)' : asked}: ${rows} rows`]);
  }
  return lines.map(([name, value]) => `${name.padEnd(18)}${value}\n`).join('');
}
