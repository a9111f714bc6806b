/** `rehearse replay`: an experiment under the arrivals of a real trace. */
import { Command } from 'commander';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { addRunOptions, commandText } from '../run-options.ts';
import type { RunFlags } from '../run-options.ts';
import { addTraceOptions, traceOptions } from '../trace-options.ts';
import { span } from '../span.ts';
import type { TraceFlags } from '../trace-options.ts';
import { overrides } from './run.ts';

const EXAMPLE = `
Example:
  $ rehearse replay AzureLLMInferenceTrace_conv.csv --with experiments/configs/quickstart.yaml --time-scale 0.02

The trace gives the arrivals and the duration; what its rows leave open (what is asked for, with which objective) comes from the
config's queries. The rest of the config is used as it is. --time-scale 0.02 plays the trace fifty times as fast;
--rate-scale 50 would throw 49 copies of each arrival into the gap behind it, which makes bursts.`;

/** A trace of one instant has no rate. */
function meanRate(meanRps: number): string {
  return Number.isNaN(meanRps) ? '' : `${meanRps.toFixed(2)}/s at the mean, `;
}

interface ReplayFlags extends RunFlags, TraceFlags {
  readonly with: string;
}

export function replayCommand(outcome: Outcome): Command {
  const command = new Command('replay')
    .description('Run an experiment under the arrivals of a trace.')
    .argument('<trace>', 'trace file; .gz is read as it is')
    .requiredOption('--with <file>', 'experiment config (YAML)')
    .addHelpText('after', EXAMPLE);
  return addTraceOptions(addRunOptions(command)).action(async (file: string, flags: ReplayFlags) => {
    const { loadConfig, withTrace } = await import('../../experiments/index.ts');
    const base = await loadConfig(flags.with, overrides(flags));
    if (flags.requireObjectives === true) {
      const { needObjectives } = await import('../require-objectives.ts');
      needObjectives([base]);
    }
    const { config, trace } = await withTrace(base, file, traceOptions(flags));
    if (flags.json !== true) {
      const skipped = trace.badRows.total === 0 ? '' : `; ${trace.badRows.total} bad rows skipped`;
      process.stdout.write(
        `${trace.rows} arrivals (${trace.format}) over ${span(trace.spanNs)}, ` +
          `${meanRate(trace.meanRps)}${trace.peakRps1s}/s at the peak second${skipped}\n`,
      );
    }
    const { carryOut } = await import('../carry-out.ts');
    // The arguments as they were given: a replay has too many options to put together again.
    const { status, summary } = await carryOut(config, flags, commandText(process.argv.slice(2)));
    outcome.status = status;
    if (flags.json === true) printJson(summary);
  });
}
