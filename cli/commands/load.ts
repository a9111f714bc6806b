/** `rehearse load`: a load test by LoadGen's rules, of a variant, of a service, or of any server. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { NEVER } from '../../core/index.ts';
import type { LoadResult, LoadSettings, SystemUnderTest } from '../../experiments/measure/loadgen/index.ts';
import { FAILED, VALID } from '../exit-codes.ts';
import type { Outcome } from '../exit-codes.ts';
import type { LoadFlags } from '../load-flags.ts';
import type { LoadRequest, RequestedSystem } from '../load-request.ts';
import { interruptible } from '../interruptible.ts';
import { printJson } from '../print-json.ts';

const EXAMPLES = `
Examples:
  $ rehearse load --scenario server --variant fmnist-resnet20-int8 --target-qps 100 --target-latency "15 ms"
  $ rehearse load --scenario single-stream --variant fmnist-resnet20-fp32 --simulate
  $ rehearse load --scenario offline --target-qps 2000 --config experiments/configs/quickstart.yaml --policy adaptive
  $ rehearse load --scenario server --target-qps 50 --url http://127.0.0.1:8000 --model fmnist-resnet20-int8 \\
      --dataset fashion-mnist --min-accuracy 90%

The rules are those of MLPerf LoadGen: its scenarios, its schedule bit for bit, its percentiles, its early stopping, its
verdict. Beyond them a run is INVALID when queries go without a right answer (--allow-errors), when answers are less
accurate than demanded (--min-accuracy), and when the generator fell behind: 1 % of the queries of server were issued a
tenth of --target-latency too late or more (at least 1 ms, at most 10 ms). Latency counts from the scheduled time, so
what is issued late is never hidden. There is no warm-up: engines are warm when they are loaded.
Writes mlperf_log_summary.txt and mlperf_log_detail.txt into the output folder.
Exit status: 0 VALID, 1 INVALID or failed, 2 bad usage or bad input.`;

export function loadCommand(outcome: Outcome): Command {
  return new Command('load')
    .description("Put a variant, a service or a server under load by MLPerf LoadGen's rules.")
    .option('--scenario <name>', 'single-stream, multi-stream, server or offline')
    .optionsGroup('What is put under load:')
    .option('--variant <name>', 'a variant of the catalogue, in process')
    .option('--workers <count>', 'its workers (default: 1)')
    .option('--max-batch <inputs>', "its largest batch (default: the variant's own)")
    .option('--threads <count>', "threads of each engine (default: the variant's cores)")
    .option('--catalogue <file>', 'a catalogue file beside the bundled ones; repeatable', collect)
    .option('--config <file>', 'the service of an experiment config (YAML), in process')
    .option('--policy <name>', "one of its policies (default: the config's baseline)")
    .option('--simulate', 'simulate the variant or the service instead')
    .option('--url <url>', 'a server of the Open Inference Protocol V2')
    .option('--model <name>', 'its model')
    .option('--model-version <version>', "the model's version (default: the server's choice)")
    .option('--dataset <name>', 'synthetic or fashion-mnist, which has labels (default: synthetic)')
    .option('--shape <input=extents>', 'extents that the model leaves open, such as input=3x224x224', collect)
    .option('--tensors <form>', 'binary, json or auto: as bytes where the server takes them (default: auto)')
    .option('--connections <count>', 'connections at most (default: 256)')
    .option('--timeout <duration>', 'a request that takes longer has no answer (default: 10 s)')
    .option('--header <"name: value">', 'sent with every request; repeatable', collect)
    .optionsGroup("LoadGen's settings:")
    .option('--target-qps <rate>', 'server: the rate; offline: the samples a second that are expected')
    .option('--target-latency <duration>', 'server: the latency limit (default: 100 ms)')
    .option('--percentile <p>', 'the percentile that counts (default: 99%; of single-stream 90%)')
    .option('--min-duration <duration>', 'default: 10 s; submissions take 600 s')
    .option('--max-duration <duration>', 'default: none')
    .option('--min-queries <count>', 'default: 100')
    .option('--max-queries <count>', 'default: none')
    .option(
      '--samples-per-query <count>',
      'of multi-stream (default: 8); of offline, samples of a request (default: 1)',
    )
    .option('--schedule-seed <seed>', "server: seed of the schedule (default: MLPerf's)")
    .option('--sample-index-seed <seed>', "seed of which samples are asked (default: MLPerf's)")
    .optionsGroup('What LoadGen does not look at:')
    .option('--allow-errors <share>', 'share of the queries that may go without a right answer (default: 0%)')
    .option('--min-accuracy <percent>', 'least accuracy of the answers, where labels are known')
    .optionsGroup('Other options:')
    .option('--seed <seed>', 'seed of what else is drawn', '1')
    .option('--out <folder>', 'where the logs go', 'out/load')
    .option('--json', 'print one object with the result, and nothing else')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: LoadFlags) => {
      const { loadRequest } = await import('../load-request.ts');
      const request = loadRequest(flags);
      const { prepareLoadOutput } = await import('../../experiments/measure/loadgen/index.ts');
      const directory = resolve(flags.out ?? 'out/load');
      await prepareLoadOutput(directory);
      const result = await underLoad(request, flags.seed ?? '1');
      await show(result, directory, flags);
      outcome.status = result.verdict.valid ? VALID : FAILED;
    });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

async function underLoad(request: LoadRequest, seed: string): Promise<LoadResult> {
  const load = await import('../../experiments/measure/loadgen/index.ts');
  const { system, settings } = request;
  if (request.simulate && system.kind !== 'server') {
    return interruptible((signal) => load.simulateLoad({ system, settings, seed }, signal), 'interrupted');
  }
  const { LoadProgressLine } = await import('../load-progress.ts');
  const opened = await liveSystem(system, settings, seed);
  const progress = new LoadProgressLine(settings);
  const onQuery = progress.update.bind(progress);
  try {
    return await interruptible(
      (signal) => load.runLoad(opened.system, settings, { seed, signal, onQuery }),
      'interrupted: judged by what was finished',
    );
  } finally {
    progress.end();
    opened.close();
  }
}

interface Opened {
  readonly system: SystemUnderTest;
  readonly close: () => void;
}

async function liveSystem(system: RequestedSystem, settings: LoadSettings, seed: string): Promise<Opened> {
  const { liveService, servedModel, serviceOf } = await import('../../experiments/measure/loadgen/index.ts');
  if (system.kind === 'server') {
    const served = await servedModel({ ...system, settings, seed });
    return { system: served, close: () => served.close() };
  }
  const service = await serviceOf({ system, settings, seed }, true);
  const threads = system.kind === 'variant' ? system.threads : undefined;
  return { system: liveService(service, { threads }), close: () => undefined };
}

async function show(result: LoadResult, directory: string, { json }: LoadFlags): Promise<void> {
  const { summaryText, writeLoadLogs } = await import('../../experiments/measure/loadgen/index.ts');
  const files = await writeLoadLogs(directory, result);
  // Null for what was never answered, as in the detailed log.
  const plain = (_key: string, value: unknown): unknown => (value === NEVER ? null : value);
  if (json === true) printJson(JSON.parse(JSON.stringify({ ...result, output: directory }, plain)) as object);
  else process.stdout.write(`${summaryText(result)}\n${files.map((file) => `${file}\n`).join('')}`);
}
