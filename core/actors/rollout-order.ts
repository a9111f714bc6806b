/**
 * In which order rollouts have their turns: by time, those of one instant as they are listed. Config and service share
 * it, so that both hide the same variants.
 */
import type { Nanos } from '../time.ts';

/** A rollout with its variants by name or by index. */
interface Turn<Variant> {
  readonly atNs: Nanos;
  readonly from: Variant;
  readonly to: Variant;
}

/** Whether the first of two rollouts has its turn before the second, by their positions in the list. */
export function isBefore<Variant>(rollouts: readonly Turn<Variant>[], first: number, second: number): boolean {
  const [a, b] = [rollouts[first].atNs, rollouts[second].atNs];
  return a < b || (a === b && first < second);
}

/** Variants that a rollout introduces; one that an earlier rollout replaces serves from the start. */
export function newcomers<Variant>(rollouts: readonly Turn<Variant>[]): Set<Variant> {
  const isNew = ({ to }: Turn<Variant>, index: number): boolean =>
    !rollouts.some(({ from }, other) => from === to && isBefore(rollouts, other, index));
  return new Set(rollouts.filter(isNew).map(({ to }) => to));
}

/** Positions of the rollouts that have their turns before one and share a variant with it. */
export function earlierSharing<Variant>(rollouts: readonly Turn<Variant>[], index: number): number[] {
  const { from, to } = rollouts[index];
  const own = [from, to];
  return [...rollouts.keys()].filter(
    (other) =>
      isBefore(rollouts, other, index) && (own.includes(rollouts[other].from) || own.includes(rollouts[other].to)),
  );
}
