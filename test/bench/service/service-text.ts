/** The figures of the service's benchmark as people read them. */
import type { ConnectionFigures } from './connections.ts';
import type { OverheadFigures } from './overhead.ts';
import type { ServiceBenchmark } from './service-benchmark.ts';
import type { ThroughputFigures } from './throughput.ts';

/** What the service is to reach; a shared machine may keep it from it. */
const TARGETS = {
  smallAddedMs: 1,
  largeAddedMs: 2,
  slowRatio: 0.95,
  memoryMb: 500,
} as const;

export function serviceText(result: ServiceBenchmark): string {
  const { overhead, throughput, connections, othersCores } = result;
  const others = Object.entries(othersCores).map(([part, cores]) => `${cores.toFixed(1)} cores during ${part}`);
  return [
    ...(overhead.length > 0 ? ['added to a bare run of ONNX Runtime, one query at a time:\n'] : []),
    ...overhead.map(overheadText),
    ...throughput.map(throughputText),
    ...connections.map(connectionsText),
    `other processes kept busy: ${others.join(', ')}\n`,
    ...summary(result),
  ].join('');
}

/** The figures that there are targets for, beside them. */
function summary({ overhead, throughput, connections }: ServiceBenchmark): string[] {
  const added = (inputBytes: number, targetMs: number): string[] => {
    const own = overhead.filter((each) => each.inputBytes === inputBytes && each.speech === 'binary');
    const texts = own.map(
      ({ addedMedianUs, paceRps }) => `${(addedMedianUs / 1000).toFixed(2)} ms ${paceText(paceRps)}`,
    );
    return texts.length === 0 ? [] : [`  ${inputBytes} B added: ${texts.join(', ')} (below ${targetMs} ms)\n`];
  };
  const queries = overhead.filter(({ inputBytes }) => inputBytes > 0);
  const sizes = [...new Set(queries.map(({ inputBytes }) => inputBytes))].sort((a, b) => a - b);
  const [slow] = throughput;
  return [
    'to be reached in parentheses:\n',
    ...sizes.flatMap((bytes, at) => added(bytes, at === 0 ? TARGETS.smallAddedMs : TARGETS.largeAddedMs)),
    ...(slow === undefined
      ? []
      : [`  ${slow.model}: ${slow.ratio.toFixed(3)} of the bare loop (${TARGETS.slowRatio})\n`]),
    ...connections
      .filter(({ what }) => what !== 'no others')
      .map(({ connections: count, what, serverMb, loopDelayP99Ms }) => {
        const loop = `event loop late by ${loopDelayP99Ms.toFixed(1)} ms at p99`;
        return `  ${count} ${what}: ${serverMb.toFixed(0)} MB (${TARGETS.memoryMb} MB), ${loop}\n`;
      }),
  ];
}

function overheadText(figures: OverheadFigures): string {
  const { inputBytes, speech, paceRps, runs, bareMedianUs, roundTripMedianUs, addedMedianUs, addedP99Us } = figures;
  const kind = `  ${inputBytes} B, ${speech}, ${paceText(paceRps)}`.padEnd(36);
  const ms = (us: number): string => (us / 1000).toFixed(3);
  return (
    `${kind}added median ${ms(addedMedianUs)} ms, p99 ${ms(addedP99Us)} ms ` +
    `(round trip ${ms(roundTripMedianUs)} ms, bare ${ms(bareMedianUs)} ms, ${runs} runs)\n`
  );
}

function throughputText(figures: ThroughputFigures): string {
  const { model, connections, inputsPerSecond, bareInputsPerSecond, ratio, ratioSpread, meanBatch, bareBatchMs } =
    figures;
  const { latencyMedianMs, latencyP99Ms, serverCpuUsPerAnswer, engineCpuUsPerAnswer, shares } = figures;
  const [least, most] = ratioSpread;
  return (
    `${model} at saturation, ${connections} connections: ${inputsPerSecond.toFixed(0)} answers/s, ` +
    `bare loop ${bareInputsPerSecond.toFixed(0)} inputs/s, ratio ${ratio.toFixed(3)} (${least.toFixed(3)} to ${most.toFixed(3)})\n` +
    `  batches of ${meanBatch.toFixed(1)}, ${bareBatchMs.toFixed(2)} ms each when bare; ` +
    `latency median ${latencyMedianMs.toFixed(1)} ms, p99 ${latencyP99Ms.toFixed(1)} ms\n` +
    `  processor time for each answer: server ${serverCpuUsPerAnswer.toFixed(0)} us, engine ${engineCpuUsPerAnswer.toFixed(0)} us\n` +
    `  of the server's: ${shares.map(({ where, percent }) => `${where} ${percent.toFixed(0)} %`).join(', ')}\n`
  );
}

function connectionsText(figures: ConnectionFigures): string {
  const { what, connections, wanted, serverMb, enginesMb, health, query, answersPerSecond } = figures;
  const { loopDelayMedianMs, loopDelayP99Ms } = figures;
  const others = what === 'no others' ? 'no other connections' : `${connections} of ${wanted} connections, ${what}`;
  const rate = what === 'active' ? `, ${answersPerSecond.toFixed(0)} answers/s` : '';
  const ms = (probe: ConnectionFigures['health']): string =>
    `median ${probe.medianMs.toFixed(2)} ms, worst ${probe.worstMs.toFixed(2)} ms`;
  return (
    `${others}${rate}: server ${serverMb.toFixed(0)} MB, engines ${enginesMb.toFixed(0)} MB; ` +
    `event loop late by ${loopDelayMedianMs.toFixed(2)} ms in the median, ${loopDelayP99Ms.toFixed(2)} ms at p99\n` +
    `  a probe meanwhile: health ${ms(health)}; query ${ms(query)}\n`
  );
}

function paceText(paceRps: number | undefined): string {
  return paceRps === undefined ? 'back to back' : `at ${paceRps}/s`;
}
