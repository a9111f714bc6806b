/** Finds the name a user probably meant. It suggests; it never accepts a wrong name. */
import { closest, distance } from 'fastest-levenshtein';

/** A message with more names than this hides what it says: it lists the nearest ones. */
const LISTED_NAMES = 12;
const NEAREST_NAMES = 8;

/** The known name nearest to an unknown one, or undefined when none is near enough to be a slip of the keyboard. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const begun = known.filter((name) => unknown !== '' && name.startsWith(unknown));
  if (begun.length === 1) return begun[0];
  const nearest = closest(unknown, known);
  // More than half of the letters wrong is another word.
  return distance(unknown, nearest) <= Math.max(2, Math.floor(unknown.length / 2)) ? nearest : undefined;
}

/** What an error says of an unknown name: the one that was probably meant, where there is one. */
export function meantName(unknown: string, known: readonly string[]): { readonly meant?: string } {
  const meant = nearestName(unknown, known);
  return meant === undefined ? {} : { meant };
}

/** Known names for a message: all of a short list, of a long one those nearest to the unknown name, nearest first. */
export function nearestNames(unknown: string, known: readonly string[], more = ''): string {
  if (known.length <= LISTED_NAMES) return known.join(', ');
  const nearest = known.toSorted((a, b) => distance(unknown, a) - distance(unknown, b)).slice(0, NEAREST_NAMES);
  return `${nearest.join(', ')} and ${known.length - NEAREST_NAMES} more${more}`;
}
