/**
 * One turn of the handle part: a fresh service is warmed up by one full batch, then gets its requests at their
 * scheduled times whether or not earlier ones were answered (open loop).
 */
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import { monotonicNs } from '../../../backends/index.ts';
import type { Nanos } from '../../../core/index.ts';
import { ServingError, milliseconds, toMilliseconds } from '../../../core/index.ts';
import type { HandleEnd, TurnServiceParts } from './turn-service.ts';
import { TurnService } from './turn-service.ts';

/**
 * A timer of Node fires up to 1.1 ms late; so the last stretch is waited through in turns of the event loop, which
 * lets answers through. At most a twentieth of an interval, to leave the core to the engine.
 */
const WAKE_EARLY_NS = milliseconds(1.5);
const WAKE_EARLY_SHARE = 0.05;

export interface TurnOptions extends TurnServiceParts {
  /** Sent in turn; position 0 of this turn sends image `firstImage`. */
  readonly images: readonly Uint8Array[];
  readonly firstImage: number;
  readonly requests: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns how every request ended, in the order of the schedule; undefined when it was interrupted.
 * A turn whose model does not load has failed with all its requests. @throws what breaks the service otherwise.
 */
export async function runTurn(options: TurnOptions): Promise<readonly HandleEnd[] | undefined> {
  const { images, firstImage, requests, signal, handle } = options;
  const service = new TurnService(options);
  const interruption = interruptionOf(signal);
  const endings = [service.broken, interruption.happened];
  try {
    await Promise.race([service.begin(), ...endings]);
    await Promise.race([warmUp(service, options), ...endings]);
    const originNs = monotonicNs() + handle.everyNs;
    const ends: Promise<HandleEnd>[] = [];
    for (let position = 0; position < requests; position += 1) {
      const scheduledNs = originNs + position * handle.everyNs;
      await until(scheduledNs, handle.everyNs, { signal, happened: interruption.happened });
      if (signal?.aborted === true) return undefined;
      ends.push(service.send(images[(firstImage + position) % images.length], position, scheduledNs));
    }
    return await Promise.race([Promise.all(ends), ...endings]);
  } catch (error) {
    if (!(error instanceof ServingError) || error.code !== 'LIVE_LOAD_FAILED') throw error;
    const reason = error.parts.found ?? error.message;
    return Array.from({ length: requests }, () => ({ ok: false, reason }));
  } finally {
    interruption.release();
    await service.close();
  }
}

/** The first batch makes the engine's memory grow; it is not measured. */
async function warmUp(service: TurnService, { images, handle }: TurnOptions): Promise<void> {
  const nowNs = monotonicNs();
  const sent = Array.from({ length: handle.batch }, (_, at) => service.send(images[at % images.length], at, nowNs));
  await Promise.all(sent);
}

async function until(
  dueNs: Nanos,
  everyNs: Nanos,
  { signal, happened }: { readonly signal: AbortSignal | undefined; readonly happened: Promise<undefined> },
): Promise<void> {
  const earlyNs = Math.min(WAKE_EARLY_NS, WAKE_EARLY_SHARE * everyNs);
  const restMs = toMilliseconds(dueNs - earlyNs - monotonicNs());
  if (restMs > 0) await Promise.race([sleep(restMs), happened]);
  const isStopped = (): boolean => signal?.aborted === true;
  while (!isStopped() && monotonicNs() < dueNs) await nextTick();
}

/** One listener for a whole turn: a signal outlives hundreds of them. */
function interruptionOf(signal: AbortSignal | undefined): {
  readonly happened: Promise<undefined>;
  readonly release: () => void;
} {
  let tell: () => void = () => undefined;
  const happened = new Promise<undefined>((resolve) => {
    tell = () => resolve(undefined);
  });
  if (signal?.aborted === true) tell();
  signal?.addEventListener('abort', tell);
  return { happened, release: () => signal?.removeEventListener('abort', tell) };
}
