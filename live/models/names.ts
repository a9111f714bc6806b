/**
 * What a model and a version may be called. Names come from clients, archives and folders and end in paths, URLs, metric
 * labels and logs, so one narrow alphabet is allowed and everything else is refused before anything touches a disk.
 * Invariant: a name that passed is one path segment on every system, and needs no escaping anywhere.
 */
import { ServingError } from '../../core/index.ts';

/** What the name is of. */
export type Named = 'model' | 'version';

/** Longest name in characters: with the digest and the ending beside it, it stays below 255 bytes of a file's name. */
const LONGEST: Readonly<Record<Named, number>> = { model: 128, version: 64 };
const SUBJECT: Readonly<Record<Named, string>> = { model: 'Model name', version: 'Model version' };

/** Also in its percent-encoded forms, single and double: who decodes once more must not find a path. */
const TRAVERSAL = /[/\\]|\.\.|%(?:25)*(?:2e|2f|5c|00|0a|0d)|\p{Cc}/iu;
const ALLOWED = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * What is wrong with a name, as a sentence for clients that repeats nothing of the name; undefined when it may be used.
 * @param name decoded once, where it came in a URL.
 */
export function nameProblem(kind: Named, name: unknown): string | undefined {
  const subject = SUBJECT[kind];
  if (typeof name !== 'string') return `${subject} must be a text`;
  if (name.trim() === '') return `${subject} must not be empty`;
  if (TRAVERSAL.test(name)) return `${subject} must not contain path traversal characters`;
  if (name.length > LONGEST[kind]) return `${subject} must not be longer than ${LONGEST[kind]} characters`;
  if (ALLOWED.test(name)) return undefined;
  return `${subject} must consist of letters, digits, ".", "_" and "-", and begin with a letter or a digit`;
}

/**
 * The name, when it may be used.
 * @throws ServingError MODEL_NAME or MODEL_VERSION.
 */
export function checkedName(kind: Named, name: unknown, place?: string): string {
  const message = nameProblem(kind, name);
  if (message === undefined) return name as string; // `nameProblem` refuses all that is no text.
  const code = kind === 'model' ? 'MODEL_NAME' : 'MODEL_VERSION';
  throw new ServingError({ code, message, ...(place === undefined ? {} : { place }) });
}
