/**
 * Fetches one file over HTTP for somebody who may not be trusted with this host's network: every address is checked
 * after it was resolved and the checked one is connected to, redirects are not followed, and size and time have ceilings.
 * Invariant: when it fails, nothing of the file is left.
 */
import { lookup as lookupAddress } from 'node:dns/promises';
import { open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { isPublicAddress } from './addresses.ts';

export interface Address {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

export interface DownloadOptions {
  /** Ceiling of the file, in bytes. */
  readonly maxBytes: number;
  /** From the first resolution to the last byte, in milliseconds. */
  readonly timeoutMs: number;
  /** Lets addresses of this host and its network be reached: for stores that are meant to be there. */
  readonly allowPrivate: boolean;
  /** Addresses of a name; the system's resolver by default. */
  readonly resolve?: ((hostname: string) => Promise<readonly Address[]>) | undefined;
  /** Breaks it off. */
  readonly signal?: AbortSignal | undefined;
}

/** Why a file could not be fetched; the text is for logs, not for whoever asked. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/**
 * Fetches a file to a path where nothing may be yet; flushed when it returns.
 * @throws DownloadError
 */
export async function download(url: URL, path: string, options: DownloadOptions): Promise<void> {
  const time = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? time : AbortSignal.any([time, options.signal]);
  try {
    const address = await checkedAddress(url, options, signal);
    const response = await get(url, address, signal);
    await save(response, path, options.maxBytes);
  } catch (error) {
    if (!isExists(error)) await rm(path, { force: true });
    throw time.aborted ? new DownloadError(`it took longer than ${options.timeoutMs} ms`) : asDownloadError(error);
  }
}

/** All addresses of a name must be public: one that is not says what the name is for. */
async function checkedAddress(url: URL, options: DownloadOptions, signal: AbortSignal): Promise<Address> {
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const version = isIP(hostname);
  const resolve = options.resolve ?? ((name: string) => lookupAddress(name, { all: true }));
  const addresses =
    version === 0
      ? await Promise.race([resolve(hostname), rejectsOn(signal)])
      : [{ address: hostname, family: version }];
  const [first] = addresses;
  if (first === undefined) throw new DownloadError('the name has no address');
  if (!options.allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new DownloadError('the address is one of this network');
  }
  return first;
}

function get(url: URL, { address, family }: Address, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      signal,
      // A connection of its own, to the address that was checked: the name is not resolved a second time.
      agent: false,
      lookup: (_hostname, { all }, callback) => {
        if (all === true) callback(null, [{ address, family }]);
        else callback(null, address, family);
      },
      headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'rehearse' },
    });
    sent.once('response', resolve);
    // Stays: an error after the answer began has been told by the answer.
    sent.on('error', reject);
    sent.end();
  });
}

async function save(response: IncomingMessage, path: string, maxBytes: number): Promise<void> {
  try {
    // Also 206 and 3xx: nothing but the whole file from here will do.
    if (response.statusCode !== 200) throw new DownloadError(`the answer has status ${response.statusCode}`);
    const encoding = response.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') throw new DownloadError('the answer is encoded, which was not asked for');
    if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    const file = await open(path, 'wx', 0o600);
    try {
      let bytes = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    response.destroy();
  }
}

function rejectsOn(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DownloadError('the name was not resolved in time')), {
      once: true,
    });
  });
}

function tooLarge(maxBytes: number): DownloadError {
  return new DownloadError(`the file is larger than ${maxBytes} bytes`);
}

function isExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function asDownloadError(error: unknown): DownloadError {
  if (error instanceof DownloadError) return error;
  return new DownloadError(error instanceof Error ? error.message : String(error), { cause: error });
}
