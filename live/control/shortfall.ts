/** Why a variant does not have the workers that its bounds demand, in one line for people. */
import type { MachineSnapshot, ModelEntry, ServiceSnapshot } from '../service/index.ts';

/** '' of a variant that is gone. */
export function shortfall(
  { variants, machines, decisions }: Pick<ServiceSnapshot, 'variants' | 'machines' | 'decisions'>,
  { name, version }: Pick<ModelEntry, 'name' | 'version'>,
): string {
  const variant = variants.find((each) => each.name === name && each.version === version);
  if (variant === undefined) return '';
  const { ready, loading, draining, lastFailure, scaling } = variant;
  const least = scaling === 'auto' ? 0 : scaling.least;
  // What was decided of it last holds: a shortage is told once, and a start ends it.
  const last = decisions.findLast((each) => each.variant === name && SAID.has(each.kind));
  const short = last?.kind === 'capacity.short' && ready + loading < least ? last.reason : undefined;
  return [
    scaling === 'auto' ? 'bounds auto' : `bounds ${least}:${scaling.most ?? ''}`,
    `${ready} ready`,
    ...(loading > 0 ? [`${loading} loading`] : []),
    ...(draining > 0 ? [`${draining} answering what they took`] : []),
    ...(short === undefined ? [] : [`capacity is short: ${short}`, ...machines.slice(0, MACHINES_SHOWN).map(roomText)]),
    ...(lastFailure === undefined ? [] : [`the last load failed: ${lastFailure}`]),
  ].join('; ');
}

/** More of them hide what the line says. */
const MACHINES_SHOWN = 3;
const SAID: ReadonlySet<string> = new Set(['capacity.short', 'worker.start']);

function roomText({ label, coresUsed, coresReservable, memoryUsedBytes, memoryBytes }: MachineSnapshot): string {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const memory = `${gigabytes(memoryUsedBytes)} of ${gigabytes(memoryBytes)} GB`;
  return `${label} has reserved ${coresUsed} of ${coresReservable} cores, ${memory}`;
}
