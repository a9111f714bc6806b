/**
 * What went wrong with a request, in the form that protocols render: a status, a sentence for the client and headers.
 * Nothing of the inside reaches the sentence: no path, no host, no stack.
 */
import { ServingError, ServingErrors } from '../../core/index.ts';
import { GateRefusal } from './gate.ts';

/** A failure that a protocol puts into its own words. */
export interface HttpFailure {
  /** 400 to 599. */
  readonly status: number;
  /** For the client. */
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What was thrown; not for the client. */
  readonly cause: unknown;
}

/** Thrown by handlers and by the listener: the request ends with this status and sentence. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /**
   * @param status 400 to 599.
   * @param message for the client.
   */
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Thrown by the reading of a body when the client has gone: nobody is left to answer. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft';

  constructor() {
    super('the client left before its request was complete');
  }
}

/** The failure that something thrown means. What is not known to be the client's to read becomes a bare 500. */
export function failureOf(cause: unknown): HttpFailure {
  if (cause instanceof HttpRefusal || cause instanceof GateRefusal) {
    return { status: cause.status, message: cause.message, headers: cause.headers, cause };
  }
  if (cause instanceof ServingError) {
    return { status: statusOfCode(cause.code), message: sentenceOf(cause), headers: {}, cause };
  }
  if (cause instanceof ServingErrors) {
    const [first] = cause.errors;
    const message = cause.errors.map(sentenceOf).join('; ');
    return { status: first === undefined ? 400 : statusOfCode(first.code), message, headers: {}, cause };
  }
  return { status: 500, message: 'internal error', headers: {}, cause };
}

/**
 * Whether an error is of the service's own files. A client hears its sentence and what to do; what was found names files
 * of this host.
 */
export function isOwnFault({ code }: ServingError): boolean {
  return OWN_FAULTS.test(code) && statusOfCode(code) >= 500;
}

/** A user's error without its place, which names files of this host. */
function sentenceOf(error: ServingError): string {
  const { message, found, meant, expected } = error.parts;
  if (isOwnFault(error)) return message;
  return [
    message,
    ...(found === undefined ? [] : [`found ${found}`]),
    ...(meant === undefined ? [] : [`did you mean ${JSON.stringify(meant)}?`]),
    ...(expected === undefined ? [] : [`expected ${expected}`]),
  ].join('; ');
}

const OWN_FAULTS = /^(?:STORE|REGISTRY|BUILD)_/;

/** Codes read AREA_PROBLEM; the problem tells which status it is. The first that fits; what remains is the client's. */
const STATUSES: readonly (readonly [RegExp, number])[] = [
  [/_UNKNOWN|_NOT_FOUND$/, 404],
  [/_(?:EXISTS|CONFLICT|DUPLICATE|IN_USE|COLLISION|DIFFER|OF_CONFIG|DEFAULT_VERSION|DO_NOT_FIT|FILE_CHANGED)$/, 409],
  [/_NOT_ALLOWED$/, 403],
  [/_(?:STOPPING|BUSY)$/, 503],
  [/_(?:NO_ROOM|FULL)$/, 507],
  [OWN_FAULTS, 500],
  [/_LOAD_FAILED$/, 500],
];

function statusOfCode(code: string): number {
  return STATUSES.find(([problem]) => problem.test(code))?.[1] ?? 400;
}
