/** A listener whose address is taken, told with the option of the command that gives it another. */
import { ServingError } from '../../core/index.ts';

const LISTEN_FAILURES: readonly string[] = ['HTTP_LISTEN_FAILED', 'GRPC_LISTEN'];

/**
 * Waits for a listener.
 * @param option what changes its port, such as `--port`.
 * @throws what the listener throws; a failure to listen says the option.
 */
export async function listenedWith<Result>(option: string, listening: Promise<Result>): Promise<Result> {
  try {
    return await listening;
  } catch (error) {
    if (!(error instanceof ServingError) || !LISTEN_FAILURES.includes(error.code)) throw error;
    throw new ServingError({ ...error.parts, next: `stop what listens there, or choose another port with ${option}` });
  }
}
