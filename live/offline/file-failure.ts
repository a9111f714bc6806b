/** Why one file cannot be used: it fails alone, and what is told of it may be shown to whoever sent the job. */
import { ServingError, ServingErrors } from '../../core/index.ts';
import { failureOf } from '../http/index.ts';

export class FileFailure extends Error {
  override readonly name = 'FileFailure';
}

/** A failure in a sentence without places of this host. */
export function reasonOf(error: unknown): string {
  if (error instanceof FileFailure) return error.message;
  if (error instanceof ServingError || error instanceof ServingErrors) return failureOf(error).message;
  const code = codeOf(error);
  return code === '' ? 'an unexpected failure, see the log of the service' : `the system says ${code}`;
}

/** The system's code of an error; '' where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The result of work, or a failure when it takes too long; the work itself goes on unheard. */
export async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new FileFailure(`it took longer than ${timeoutMs} ms to read`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
