import { existsSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isPublicAddress } from '../../../live/models/addresses.ts';
import { AllowedUrls } from '../../../live/models/allowed-urls.ts';
import type { SourceOptions } from '../../../live/models/model-sources.ts';
import { ModelSources } from '../../../live/models/model-sources.ts';
import { folderOf } from './folders.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server on this host and how often it was asked. */
async function serve(listener: RequestListener): Promise<{ readonly port: number; readonly asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on a port has such an address.
  return { port: (server.address() as AddressInfo).port, asked: () => asked };
}

function sources(changes: Partial<SourceOptions> = {}): ModelSources {
  const options = { store: undefined, allowedUrls: [], maxBytes: 10_000, timeoutMs: 5_000, allowPrivate: false };
  return new ModelSources({ ...options, ...changes });
}

/** Fetches `net.mar` from a server that answers so: how it ended, which files are left, what was noted. */
async function fetched(
  listener: RequestListener,
  changes: Partial<SourceOptions> = {},
): Promise<{ readonly outcome: string; readonly files: readonly string[]; readonly notes: readonly string[] }> {
  const { port } = await serve(listener);
  const folder = folderOf();
  const notes: string[] = [];
  let resolved = 0;
  const outcome = await sources({
    allowedUrls: [`http://models.example.com:${port}/*`],
    allowPrivate: true,
    // A name that answers otherwise the second time: it must not be asked twice.
    resolve: async () => {
      resolved += 1;
      return [{ address: resolved === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
    },
    note: (text) => notes.push(text.replace(/^.*?\.mar: /, '')),
    ...changes,
  })
    .find(`http://models.example.com:${port}/net.mar`, folder)
    .then(({ path }) => readFileSync(path, 'utf8'), String);
  return { outcome: outcome.replace(/http:.*/, 'URL'), files: readdirSync(folder), notes };
}

describe('the store', () => {
  const store = (): string =>
    folderOf({ 'net.mar': 'x', 'net.onnx': 'y', 'notes.txt': '', 'dir.mar/x': '', 'sub/a.mar': '' });

  test('gives its files by their bare names', async () => {
    const folder = store();
    const found = await sources({ store: folder }).find('net.mar', folderOf());
    expect(found.file).toBe('net.mar');
    expect(readFileSync(found.path, 'utf8')).toBe('x');
  });

  test.each([
    ['', 'empty url'],
    ['none.mar', 'Model not found at: none.mar'],
    ['notes.txt', 'Model not found at: notes.txt'],
    ['dir.mar', 'Model not found at: dir.mar'],
    ['sub/a.mar', 'Relative path is not allowed in url: sub/a.mar'],
    ['/etc/passwd', 'Relative path is not allowed in url: /etc/passwd'],
    ['../net.mar', 'Relative path is not allowed in url: ../net.mar'],
    [String.raw`..\net.mar`, String.raw`Relative path is not allowed in url: ..\net.mar`],
    ['%2e%2e%2fnet.mar', 'Relative path is not allowed in url: %2e%2e%2fnet.mar'],
    ['.mar', 'Model not found at: .mar'],
  ])('%j is refused as TorchServe does', async (url, message) => {
    await expect(sources({ store: store() }).find(url, folderOf())).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^MODEL_SOURCE_NOT_/), message }),
    );
  });

  test('that is not configured says so', async () => {
    await expect(sources().find('net.mar', folderOf())).rejects.toThrow('Model store has not been configured.');
  });

  test('is not left by a link', async () => {
    const [folder, outside] = [store(), folderOf({ 'secret.mar': 's' })];
    symlinkSync(join(outside, 'secret.mar'), join(folder, 'link.mar'));
    symlinkSync(join(folder, 'net.mar'), join(folder, 'inner.mar'));
    await expect(sources({ store: folder }).find('link.mar', folderOf())).rejects.toThrow(
      'Model not found at: link.mar',
    );
    expect((await sources({ store: folder }).find('inner.mar', folderOf())).file).toBe('inner.mar');
  });

  test('what a client sent is repeated in one line at most', async () => {
    const answer = await sources({ store: store() }).find('a\nb\u001b[2J.mar', folderOf()).catch(String);
    expect(answer).toBe(String.raw`ServingError: Model not found at: "a\nb\u001b[2J.mar"`);
  });
});

describe('URLs that are not allowed', () => {
  const allowedUrls = [
    'https://models.example.com/onnx/',
    'https://*.example.org',
    'http://store.example.net:8080/*.mar',
  ];
  const allowed = new AllowedUrls(allowedUrls);

  test.each([
    'https://models.example.com/onnx/net.mar',
    'https://MODELS.example.com:443/onnx/v1/net.mar?sig=1',
    'https://eu.example.org/any.mar',
    'http://store.example.net:8080/a.mar',
  ])('%s is allowed', (url) => {
    expect(allowed.allowed(url)?.href).toBeDefined();
  });

  test.each([
    'https://models.example.com/other/net.mar',
    'http://models.example.com/onnx/net.mar',
    'https://models.example.com:8443/onnx/net.mar',
    'https://models.example.com.evil.net/onnx/net.mar',
    'https://evil.net/https://models.example.com/onnx/net.mar',
    'https://models.example.com@evil.net/onnx/net.mar',
    'https://user:pw@models.example.com/onnx/net.mar',
    'https://models.example.com/onnx/../secret.mar',
    'https://models.example.com/onnx/net.mar#x',
    'https://example.org/any.mar',
    'https://badexample.org/any.mar',
    'http://store.example.net:8080/a.mar?x=1',
    'http://store.example.net:8080/a.onnx',
    'http://store.example.net:8080/amar',
    'https://models.example.com/onnx',
    'http://169.254.169.254/latest/meta-data/x.mar',
    'http://localhost/x.mar',
    'file:///etc/passwd',
    'ftp://models.example.com/onnx/net.mar',
    's3://bucket/net.mar',
    `https://models.example.com/onnx/${'a'.repeat(3000)}.mar`,
    'https://',
  ])('%s is not', (url) => {
    expect(allowed.allowed(url)).toBeUndefined();
  });

  test('are told so, and nothing is written', async () => {
    const folder = folderOf();
    await expect(sources({ allowedUrls }).find('file:///etc/passwd', folder)).rejects.toThrow(
      'Given URL file:///etc/passwd does not match any allowed URL(s)',
    );
    await expect(sources({ allowedUrls }).find('https://models.example.com/onnx/../a.mar', folder)).rejects.toThrow(
      'Relative path is not allowed in url',
    );
    await expect(sources({ allowedUrls }).find('https://models.example.com/onnx/passwd', folder)).rejects.toThrow(
      'Model not found at: https://models.example.com/onnx/passwd',
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(['https://*', 'https://*.com', 'http://.*', 'https://a*.example.com', 'file:///x', 'x', '', '.*'])(
    'a pattern such as %j is a mistake of the config',
    (pattern) => {
      expect(() => new AllowedUrls([pattern])).toThrow('a pattern of URLs that models may come from cannot be used');
    },
  );
});

describe('addresses of this network', () => {
  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fd00:ec2::254',
    '2002:7f00:1::',
    'ff02::1',
    'localhost',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  test.each([
    ['localhost', 'localhost'],
    ['an address', '127.0.0.1'],
    ['an address as one number', '2130706433.'],
    ['an address in octal', '0177.0.0.1'],
    ['an address of version 6', '[::ffff:127.0.0.1]'],
  ])('%s is never connected to, though its URL is allowed', async (_what, host) => {
    const server = await serve((_request, response) => response.end('secret'));
    const url = `http://${host}:${server.port}/net.mar`;
    const folder = folderOf();
    const { hostname } = new URL(url);
    const notes: string[] = [];
    const allowing = sources({
      allowedUrls: [`http://${hostname}:${server.port}/*`],
      note: (text) => notes.push(text),
    });
    await expect(allowing.find(url, folder)).rejects.toThrow(`Failed to download archive from: ${url}`);
    expect(notes).toEqual([`download of ${url}: the address is one of this network`]);
    expect(server.asked()).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a name with one such address among others is never connected to', async () => {
    const server = await serve((_request, response) => response.end('secret'));
    const resolve = async (): Promise<{ address: string; family: number }[]> => [
      { address: '1.1.1.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const url = `http://models.example.com:${server.port}/net.mar`;
    const allowing = sources({ allowedUrls: [`http://models.example.com:${server.port}`], resolve });
    await expect(allowing.find(url, folderOf())).rejects.toThrow('Failed to download archive from');
    expect(server.asked()).toBe(0);
  });
});

describe('a download', () => {
  const failed = 'ServingError: Failed to download archive from: URL';

  test('of an allowed URL is the file', async () => {
    const asked: (string | undefined)[] = [];
    const { outcome, files } = await fetched((request, response) => {
      asked.push(request.headers.host?.replace(/\d+$/, 'PORT'), request.headers['accept-encoding']);
      response.end('model');
    });
    expect(outcome).toBe('model');
    expect(files).toEqual(['net.mar']);
    expect(asked).toEqual(['models.example.com:PORT', 'identity']);
  });

  test.each([
    ['a redirect', 302, { location: 'http://169.254.169.254/x.mar' }, 'the answer has status 302'],
    ['a part', 206, {}, 'the answer has status 206'],
    ['an error', 404, {}, 'the answer has status 404'],
    ['a bomb', 200, { 'content-encoding': 'gzip' }, 'the answer is encoded, which was not asked for'],
    ['ten gigabytes', 200, { 'content-length': '10000000000' }, 'the file is larger than 10000 bytes'],
  ])('that is answered with %s leaves no file', async (_what, status, headers, why) => {
    const { outcome, files, notes } = await fetched((_request, response) => {
      response.writeHead(status, headers);
      response.write('x');
      if (status !== 200) response.end();
    });
    expect(outcome).toBe(failed);
    expect(notes).toEqual([why]);
    expect(files).toEqual([]);
  });

  test('that never ends is cut at its size', async () => {
    const { outcome, files, notes } = await fetched((_request, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(4000), () => setImmediate(more));
      };
      more();
    });
    expect([outcome, ...notes, ...files]).toEqual([failed, 'the file is larger than 10000 bytes']);
  });

  test('that drips is cut at its time', async () => {
    const drip: RequestListener = (_request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const { outcome, files, notes } = await fetched(drip, { timeoutMs: 200 });
    expect([outcome, ...notes, ...files]).toEqual([failed, 'it took longer than 200 ms']);
  });

  test('that is never answered, or whose name is not resolved, is cut at its time', async () => {
    const silent = await fetched(() => undefined, { timeoutMs: 100 });
    expect([silent.outcome, ...silent.notes]).toEqual([failed, 'it took longer than 100 ms']);
    const unresolved = await fetched(() => undefined, { timeoutMs: 100, resolve: () => new Promise(() => undefined) });
    expect([unresolved.outcome, ...unresolved.notes]).toEqual([failed, 'it took longer than 100 ms']);
  });

  test('that breaks off leaves no file', async () => {
    const { outcome, files } = await fetched((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half', () => response.destroy());
    });
    expect([outcome, ...files]).toEqual([failed]);
  });

  test('puts nothing into the store, and does not shadow what is there', async () => {
    const store = folderOf({ 'net.mar': 'old' });
    const { outcome } = await fetched((_request, response) => response.end('new'), { store });
    expect(outcome).toBe('ServingError: Model file already exists net.mar');
    const empty = folderOf();
    await fetched((_request, response) => response.end('new'), { store: empty });
    expect(existsSync(join(empty, 'net.mar'))).toBe(false);
  });
});
