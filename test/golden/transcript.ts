/** A run as text: its proof, then its first events, one a line, with the mail each caused indented below it. */
import type { Message, RunRecord } from '../../core/index.ts';
import { reasonName } from '../../core/index.ts';
import { ObservedWorld, decisionsOf, outcomesOf } from '../fixtures/runs.ts';
import type { Scenario } from './scenarios.ts';

const EVENTS_MAX = 50;

/** The transcript of a scenario, ending in a newline. */
export function transcriptOf({ about, plan, workload }: Scenario): string {
  const lines: string[] = [];
  let events = 0;
  const world: ObservedWorld = new ObservedWorld(plan(), workload(), ({ atNs, to, message, isEvent }) => {
    if (isEvent) events += 1;
    if (events > EVENTS_MAX) return;
    const when = isEvent || atNs === 0 ? `${(atNs / 1e6).toFixed(3)} ms` : '';
    lines.push(
      `${when.padStart(14)} ${isEvent ? '' : '  '}${to} ${textOf(message, (slot) => world.serving.requests.ordinal[slot])}`,
    );
  });
  const record = world.run();
  return `${[about, '', ...summaryOf(record), '', ...lines].join('\n')}\n`;
}

function summaryOf(record: RunRecord): string[] {
  const { digest, unseed, ending, events, endNs, serving } = record;
  const outcomes = new Map<string, number>();
  for (const outcome of outcomesOf(record)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  return [
    `digest ${digest}, unseed ${unseed}`,
    `${ending} after ${events} events at ${(endNs / 1e6).toFixed(3)} ms`,
    `mean latency ${(serving.recorder.latency.meanNs / 1e6).toFixed(3)} ms`,
    ...[...outcomes.keys()].sort().map((outcome) => `${outcomes.get(outcome)} ${outcome}`),
    ...decisionsOf(record).map((decision) => `decided ${decision}`),
  ];
}

/** `request.assigned #3 g1`: requests by ordinal, generations by number, the rest as it is. */
function textOf(message: Message, ordinalOf: (slot: number) => number): string {
  const parts: string[] = [message.type];
  if ('slot' in message) parts.push(`#${ordinalOf(message.slot)}`);
  if ('generation' in message) parts.push(`g${message.generation}`);
  if ('reason' in message) parts.push(reasonName(message.reason));
  if ('worker' in message) parts.push(`worker-${message.worker}`);
  if ('machine' in message) parts.push(`machine-${message.machine}`);
  if ('variant' in message) parts.push(`variant-${message.variant}`);
  if (message.type === 'batch.finished') parts.push(`after ${(message.timings.inferNs / 1e6).toFixed(3)} ms`);
  return parts.join(' ');
}
