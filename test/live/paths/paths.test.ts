import { describe, expect, test } from 'vitest';
import { milliseconds } from '../../../core/index.ts';
import type { Gate, Listener, ListenerParts, RequestDetail } from '../../../live/http/index.ts';
import { openGate } from '../../../live/http/index.ts';
import type { PathOptions } from '../../../live/paths/index.ts';
import { checkPaths, pathRoutes } from '../../../live/paths/index.ts';
import { listening } from '../http/listening.ts';
import { FORM_TYPE, form, inferenceParts, png } from '../payloads/forms.ts';
import type { FormPart } from '../payloads/forms.ts';
import type { StandInService } from '../stand-in-service.ts';

const FLOWERS: PathOptions = {
  path: '/flowers',
  model: 'brightness',
  field: 'content',
  answer: 'json',
  top: 2,
  latencyNs: milliseconds(50),
  accuracyPercent: 70,
  unsignedPayload: false,
  limits: { partsMax: 10, partMaxBytes: 100_000 },
};

async function serving(
  changes: Partial<PathOptions> = {},
  parts: Partial<ListenerParts> = {},
): Promise<{ readonly url: string; readonly service: StandInService; readonly listener: Listener }> {
  const inference = inferenceParts();
  const listener = await listening(pathRoutes(inference, [{ ...FLOWERS, ...changes }]), {}, parts);
  return { url: `${listener.url}/flowers`, service: inference.service, listener };
}

function post(url: string, body: Uint8Array, type: string): Promise<Response> {
  return fetch(url, { method: 'POST', body: Buffer.from(body), headers: { 'content-type': type } });
}

async function image(value: number, name = 'content'): Promise<FormPart> {
  return { name, content: await png(value), fileName: 'a.png', type: 'image/png' };
}

describe('a service at a path of its own', () => {
  test('answers the labels of an image in its field, with the objectives of its options', async () => {
    const { url, service } = await serving();
    const answer = await post(url, form([await image(250)]), FORM_TYPE);
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as {
      readonly label: string;
      readonly top: readonly { readonly label: string }[];
    };
    expect([body.label, body.top.map(({ label }) => label)]).toEqual(['bright', ['bright', 'dark']]);
    expect(service.queries[0]).toMatchObject({ latencyNs: 50_000_000, accuracyPercent: 70, application: 'default' });
  });

  test('a bare image is taken as well', async () => {
    const { url } = await serving();
    expect(await (await post(url, await png(0), 'image/png')).json()).toMatchObject({ label: 'dark', index: 0 });
  });

  test('several images are one query, and answered in their order', async () => {
    const { url, service } = await serving();
    const answer = await post(url, form([await image(250), await image(0), await image(250)]), FORM_TYPE);
    const { answers } = (await answer.json()) as { readonly answers: readonly { readonly label: string }[] };
    expect(answers.map(({ label }) => label)).toEqual(['bright', 'dark', 'bright']);
    expect(service.queries.map(({ tensors }) => tensors[0].shape[0])).toEqual([3]);
  });

  test('the plain answer is the best label, a line for each image', async () => {
    const { url } = await serving({ answer: 'label' });
    const one = await post(url, form([await image(250)]), FORM_TYPE);
    expect([await one.text(), one.headers.get('content-type')]).toEqual(['bright', 'text/plain; charset=utf-8']);
    const two = await post(url, form([await image(0), await image(250)]), FORM_TYPE);
    expect(await two.text()).toBe('dark\nbright');
  });

  test('the other fields are left alone, and the field’s name is what the options say', async () => {
    const { url } = await serving({ field: 'picture' });
    const body = form([{ name: 'content', content: 'no image' }, await image(0, 'picture')]);
    expect(await (await post(url, body, FORM_TYPE)).json()).toMatchObject({ label: 'dark' });
    const missing = await post(url, form([await image(0)]), FORM_TYPE);
    expect([missing.status, await missing.json()]).toEqual([400, { error: 'the form has no field picture' }]);
  });

  test('queries of a use case reach its virtual model', async () => {
    const { url, service } = await serving({ model: 'test-brightness' });
    expect((await post(url, await png(0), 'image/png')).status).toBe(200);
    expect(service.queries[0].model.form).toBe('use-case');
  });

  test('the answer and the log say which worker served', async () => {
    const details: RequestDetail[] = [];
    const watches = [{ began: () => (_status: number, detail: RequestDetail) => void details.push(detail) }];
    const { url } = await serving({}, { watches });
    const answer = await post(url, await png(0), 'image/png');
    expect([answer.headers.get('x-variant'), answer.headers.get('x-worker')]).toEqual(['brightness', 'brightness#0']);
    await answer.arrayBuffer();
    expect(details[0]).toMatchObject({ model: 'brightness', variant: 'brightness', worker: 'brightness#0', inputs: 1 });
  });

  test('an application of its own counts as the asker', async () => {
    const { url, service } = await serving({ application: 'shop' });
    await post(url, await png(0), 'image/png');
    expect(service.queries[0].application).toBe('shop');
  });

  test.each([true, false])('the gate learns whether unsigned bodies are taken: %s', async (unsignedPayload) => {
    const seen: boolean[] = [];
    const open = openGate({ host: '127.0.0.1', managementOpen: false });
    const gate: Gate = {
      ...open,
      admit: (request, scope) => {
        seen.push(request.unsignedPayload);
        return open.admit(request, scope);
      },
    };
    const { url } = await serving({ unsignedPayload }, { gate });
    await post(url, await png(0), 'image/png');
    expect(seen).toEqual([unsignedPayload]);
  });
});

describe('what goes wrong', () => {
  test.each([
    ['queue-full', 'rejected', 503],
    ['rate-limit', 'rejected', 429],
    ['too-many-inputs', 'rejected', 400],
    ['timeout', 'expired', 504],
    ['execution-failed', 'failed', 500],
    ['worker-crashed', 'failed', 503],
  ] as const)('%s is told as such', async (reason, outcome, status) => {
    const { url, service } = await serving();
    service.answerNext({ ok: false, outcome, reason, message: 'in words', retryAfterS: 3 });
    const answer = await post(url, await png(0), 'image/png');
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      status,
      '3',
      { error: 'in words' },
    ]);
  });

  test.each([
    ['no image', 'image/png', Buffer.from('hello'), 'the payload is no image'],
    ['SVG', 'image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'the payload is no image'],
    ['nothing', 'image/png', Buffer.alloc(0), 'the request has no body'],
    ['an empty part', FORM_TYPE, form([{ name: 'content', content: '', fileName: 'x' }]), 'the payload is no image'],
    ['a broken form', FORM_TYPE, Buffer.from('--frontier'), 'the body is no whole multipart form'],
  ])('%s is 400, and a good request still gets its answer', async (_what, type, body, message) => {
    const { url, service } = await serving();
    const answer = await post(url, body, type);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(message);
    expect(service.queries).toEqual([]);
    expect((await post(url, await png(0), 'image/png')).status).toBe(200);
  });

  test('a model’s own fault is a bare 500', async () => {
    const { url, service } = await serving();
    const outputs = [{ name: 'logits', type: 'float32', shape: [1, 9], bytes: new Uint8Array(36) } as const];
    service.answerNext({
      ok: true,
      outcome: 'served',
      variant: 'brightness',
      version: '1',
      worker: 'w',
      batchInputs: 1,
      outputs,
      timings: { loadWaitNs: 0, queueNs: 0, preprocessNs: 0, inferNs: 0, postprocessNs: 0, latencyNs: 0 },
    });
    const answer = await post(url, await png(0), 'image/png');
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'internal error' }]);
  });

  test('a model that is gone is 503 until it is back', async () => {
    const { url, service } = await serving();
    await service.remove([{ name: 'brightness' }]);
    const answer = await post(url, await png(0), 'image/png');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });

  test('other methods are 405', async () => {
    const { url } = await serving();
    expect((await fetch(url)).status).toBe(405);
  });
});

describe('paths', () => {
  const taken = ['/v2/models/:name', '/metrics', '/predictions/:model', '/:model/predict', '/'];

  test('may be plain and of several segments', () => {
    expect(() => checkPaths([{ path: '/flowers' }, { path: '/shop/flowers-2.0' }], taken)).not.toThrow();
  });

  test.each([
    ['flowers', 'this is no path for a service; found "flowers"; expected a path such as /flowers'],
    ['/', 'this is no path for a service'],
    ['/flowers/', 'this is no path for a service'],
    ['/a/../b', 'this is no path for a service'],
    ['/:name', 'this is no path for a service'],
    ['/a*', 'this is no path for a service'],
    ['/a b', 'this is no path for a service'],
    [
      '/v2/own',
      'the service itself answers at this path; found "/v2/own"; expected a path that does not begin with /v2',
    ],
    ['/metrics', 'the service itself answers at this path'],
    ['/flowers/predict', 'the service itself answers at this path'],
  ])('%s is refused', (path, message) => {
    expect(() => checkPaths([{ path }], taken)).toThrow(message);
  });

  test('two services may not have one, and all mistakes are told together', () => {
    const paths = [{ path: '/a' }, { path: '/a' }, { path: 'b' }];
    expect(() => checkPaths(paths, [])).toThrow(/two services have one path; found "\/a"\nthis is no path/);
  });
});
