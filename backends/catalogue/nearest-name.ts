/** Finds the name a user probably meant. It suggests; it never accepts a wrong name. */
import { closest, distance } from 'fastest-levenshtein';

/** The known name nearest to an unknown one, or undefined when none is near enough to be a slip of the keyboard. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(unknown, known);
  // More than half of the letters wrong is another word.
  return distance(unknown, nearest) <= Math.max(2, Math.floor(unknown.length / 2)) ? nearest : undefined;
}

/** The next step for an unknown name: the nearest known name, or the list of all when it is short. */
export function suggestion(unknown: string, known: readonly string[]): string | undefined {
  const nearest = nearestName(unknown, known);
  return nearest === undefined ? undefined : `did you mean ${JSON.stringify(nearest)}?`;
}
