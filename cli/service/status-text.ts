/** The state of a service for people: a few lines, then tables of variants, workers and machines. */
import type { ServerStatus } from '../../live/control/index.ts';
import type { DecisionSnapshot, MachineSnapshot, ServiceSnapshot, VariantSnapshot } from '../../live/service/index.ts';
import { textTable } from '../text-table.ts';
import { failedLines, pageLines } from './start-lines.ts';

const DECISIONS_SHOWN = 8;
const SECOND_MS = 1000;

export interface StatusAnswer {
  readonly server: ServerStatus;
  readonly service: ServiceSnapshot;
}

/** @param nowMs milliseconds since 1970. */
export function statusText({ server, service }: StatusAnswer, nowMs = Date.now()): string {
  const { variants, workers, machines, decisions } = service;
  const lines = [
    ['state', `${service.state}, for ${span(nowMs - server.startedMs)}, process ${server.pid}, ${server.version}`],
    ['config', `${server.config}, policies ${server.policySet}`],
    ...server.listeners.map(({ protocol, address }) => [protocol, address]),
    ...pageLines(server),
    ['self-test', server.selfTest],
    ...failedLines(server.failedModels),
    ['queries', `${service.openRequests} open; the catalogue has changed ${Math.max(0, service.epoch - 1)} times`],
  ];
  const parts = [
    lines.map(([name, text]) => `${name.padEnd(11)} ${text}\n`).join(''),
    variants.length === 0 ? 'no variants\n' : textTable(variants.map(variantRow)),
    workers.length === 0
      ? 'no workers\n'
      : textTable(
          workers.map((worker) => ({
            worker: worker.label,
            variant: worker.variant,
            machine: worker.machine,
            state: worker.state,
            queued: worker.queued,
            running: worker.running,
            completed: worker.completed,
            batches: worker.batches,
            memory_mb: worker.memoryBytes === undefined ? '' : Math.round(worker.memoryBytes / 1e6),
          })),
        ),
    machines.length === 0
      ? 'no machines\n'
      : textTable(
          machines.map((machine) => ({
            machine: machine.label,
            type: machine.type,
            state: machine.state,
            workers: machine.workers,
            cores: coresText(machine),
            memory_gb: `${gigabytes(machine.memoryUsedBytes)} of ${gigabytes(machine.memoryBytes)}`,
          })),
        ),
    decisions
      .slice(-DECISIONS_SHOWN)
      .map((decision) => decisionLine(decision, nowMs))
      .join(''),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function variantRow(variant: VariantSnapshot): Record<string, string | number> {
  return {
    variant: variant.isDefault ? variant.name : `${variant.name} (version ${variant.version})`,
    architecture: variant.architecture,
    hardware: variant.hardware,
    accuracy_percent: variant.accuracyPercent,
    max_batch: variant.maxBatch,
    ready: variant.ready,
    loading: variant.loading,
    waiting: variant.held + variant.queued,
    scaling: scalingText(variant.scaling),
    failure: variant.lastFailure ?? '',
  };
}

function coresText({ coresUsed, coresReservable, cores }: MachineSnapshot): string {
  return coresReservable === cores
    ? `${coresUsed} of ${cores}`
    : `${coresUsed} of ${coresReservable} reservable (${cores} ${cores === 1 ? 'core' : 'cores'})`;
}

function scalingText(scaling: VariantSnapshot['scaling']): string {
  if (scaling === 'auto') return 'auto';
  const { least, most } = scaling;
  return least === most ? String(least) : `${least}:${most ?? ''}`;
}

function decisionLine({ atMs, kind, reason, ...about }: DecisionSnapshot, nowMs: number): string {
  const subject = [about.variant, about.worker, about.machineType, about.machine].filter((each) => each !== undefined);
  return `${span(nowMs - atMs)} ago: ${kind} ${subject.join(' ')} (${reason})\n`;
}

function span(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / SECOND_MS));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
