/**
 * JSON in and out of management calls: a body is read by a declared shape, a failure is told as an object with the
 * error, its code, what was expected and what to do. Nothing of a client's text is put anywhere but into the answer.
 */
import type { z } from 'zod';
import { ServingError, ServingErrors } from '../../core/index.ts';
import type { HttpAnswer, HttpExchange, HttpFailure, JsonValue } from '../http/index.ts';
import { HttpRefusal, isOwnFault, readJson as readBounded } from '../http/index.ts';

const JSON_TYPE = { 'content-type': 'application/json' } as const;
/** A value in a message: enough to recognise it. */
const SHOWN_CHARACTERS = 60;

/** An object as an answer; numbers that JSON does not know become null. */
export function jsonAnswer(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: `${JSON.stringify(value)}\n` };
}

/**
 * The body as its shape says; an empty one counts as `{}`.
 * @throws ServingErrors CONTROL_REQUEST, all that is wrong.
 */
export function readJson<Schema extends z.ZodType>({ body }: HttpExchange, shape: Schema): z.output<Schema> {
  return checked(jsonOf(body), shape, 'the body');
}

/** @throws ServingError CONTROL_REQUEST; HttpRefusal 413 for a text that is too much to parse. */
function jsonOf(body: Buffer): JsonValue {
  try {
    return body.length === 0 ? {} : readBounded(body);
  } catch (cause) {
    if (!(cause instanceof HttpRefusal) || cause.status !== 400) throw cause;
    throw refusal({ message: 'the body is no JSON', expected: 'one JSON object in UTF-8', cause });
  }
}

/** The query string as its shape says; of a name that occurs twice, the last counts. */
export function readQuery<Schema extends z.ZodType>({ query }: HttpExchange, shape: Schema): z.output<Schema> {
  return checked(Object.fromEntries(query), shape, 'the query string');
}

function checked<Schema extends z.ZodType>(value: unknown, shape: Schema, what: string): z.output<Schema> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ServingErrors(
    parsed.error.issues.map((issue) => {
      if (issue.code === 'unrecognized_keys') {
        return new ServingError({
          code: 'CONTROL_REQUEST',
          message: `${what} has keys that nobody reads`,
          found: shown(issue.keys.join(', ')),
          expected: issue.message,
        });
      }
      const path = issue.path.map(String).join('.');
      const subject = path === '' ? what : path;
      return new ServingError({
        code: 'CONTROL_REQUEST',
        message: `${subject} cannot be used`,
        expected: issue.message,
      });
    }),
  );
}

/** A failure of the client's making. */
export function refusal(parts: {
  readonly message: string;
  readonly code?: string;
  readonly found?: string;
  readonly meant?: string;
  readonly expected?: string;
  readonly next?: string;
  readonly cause?: unknown;
}): ServingError {
  return new ServingError({ code: 'CONTROL_REQUEST', ...parts });
}

export function shown(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 3)}...` : text;
}

/** The object that a failed call answers. */
export interface ControlFailure {
  readonly error: string;
  readonly code: string;
  readonly found?: string | undefined;
  /** The name that was probably meant. */
  readonly meant?: string | undefined;
  readonly expected?: string | undefined;
  readonly next?: string | undefined;
  /** Where there are several. */
  readonly errors?: readonly ControlFailure[];
}

export function renderFailure({ status, message, headers, cause }: HttpFailure): HttpAnswer {
  return jsonAnswer(failureOf(cause) ?? { error: message, code: `HTTP_${status}` }, status, headers);
}

function failureOf(cause: unknown): ControlFailure | undefined {
  if (cause instanceof ServingErrors) {
    const errors = cause.errors.map(toldOf);
    return errors.length === 1 ? errors[0] : { ...errors[0], errors };
  }
  return cause instanceof ServingError ? toldOf(cause) : undefined;
}

/** Without its place unless that is one of the caller's own: the server's files are its own business. */
function toldOf(failure: ServingError): ControlFailure {
  const { code, parts } = failure;
  const { message, place, found, meant, expected, next } = parts;
  if (isOwnFault(failure)) return { error: message, code, next };
  const error = place !== undefined && isOwnPlace(place) ? `${place}: ${message}` : message;
  return { error, code, found, meant, expected, next };
}

/** `model.config:3`, as the caller named it; nothing with a folder. */
function isOwnPlace(place: string): boolean {
  return /^[\w.-]+(?::\d+)?$/.test(place);
}
