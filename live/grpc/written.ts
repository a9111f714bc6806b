/** Writes of answers that end also when nobody takes them any more. */
import type { Writable } from 'node:stream';

/**
 * Fulfilled when an answer is on its way, or the call is over: the library drops a write together with its callback when
 * the client's stream is gone and the call was not told so yet.
 */
export function written(call: Writable & { readonly cancelled: boolean }, bytes: Buffer): Promise<void> {
  if (call.cancelled || call.destroyed || call.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    const over = (): void => {
      call.off('close', over);
      resolve();
    };
    call.once('close', over);
    call.write(bytes, over);
  });
}
