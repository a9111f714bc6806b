/** A server over HTTP under load: honest ones, and those that fail, refuse, err, stall and hang up. */
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { milliseconds, seconds } from '../../../../core/index.ts';
import { HttpClient } from '../../../../experiments/measure/loadgen/open-inference/http-client.ts';
import { encodeRequest } from '../../../../experiments/measure/loadgen/open-inference/infer-request.ts';
import { servedModel } from '../../../../experiments/measure/loadgen/open-inference/served-model.ts';
import type { ServedModelOptions } from '../../../../experiments/measure/loadgen/open-inference/served-model.ts';
import { runLoad } from '../../../../experiments/measure/loadgen/run-load.ts';
import type { LoadResult } from '../../../../experiments/measure/loadgen/run-load.ts';
import { defaultSettings } from '../../../../experiments/measure/loadgen/settings.ts';
import type { LoadSettings, Scenario } from '../../../../experiments/measure/loadgen/settings.ts';
import { answerTo, openInferenceServer, sendJson } from './open-inference-server.ts';
import type { Answering, Asked, RunningServer } from './open-inference-server.ts';

const running: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function serverThat(answering: Answering = {}): Promise<RunningServer> {
  const server = await openInferenceServer(answering);
  running.push(server);
  return server;
}

function settingsOf(scenario: Scenario, parts: Partial<LoadSettings> = {}): LoadSettings {
  return { ...defaultSettings(scenario), minDurationNs: milliseconds(100), minQueryCount: 70, ...parts };
}

interface Parts extends Partial<Omit<ServedModelOptions, 'settings'>> {
  readonly signal?: AbortSignal;
}

async function load(
  { url }: { url: URL },
  settings: LoadSettings,
  { signal, ...parts }: Parts = {},
): Promise<LoadResult> {
  const system = await servedModel({
    url,
    model: 'images',
    dataset: 'fashion-mnist',
    shapes: new Map(),
    form: 'auto',
    connections: 64,
    timeoutNs: seconds(5),
    headers: {},
    seed: '1',
    settings,
    ...parts,
  });
  try {
    return await runLoad(system, settings, { seed: '1', signal });
  } finally {
    system.close();
  }
}

/** The verdict's unmet constraints. */
const unmet = ({ verdict }: LoadResult): string[] =>
  verdict.constraints.filter(({ met }) => !met).map(({ name }) => name);

describe('an honest server', () => {
  test('is asked with binary tensors, and all its answers are right', async () => {
    const server = await serverThat();
    const result = await load(server, settingsOf('single-stream', { minAccuracyPercent: 100 }));
    expect(unmet(result)).toEqual([]);
    expect(result.score.accuracy).toEqual({ percent: 100, inputs: result.score.queries, source: 'labels' });
    expect(result.system).toBe(`images at ${server.url.href} (tiny, binary tensors)`);
    expect(server.asked.every(({ isBinary }) => isBinary)).toBe(true);
  });

  test('that knows no binary tensors is asked with JSON', async () => {
    const server = await serverThat({ binary: false });
    const result = await load(server, settingsOf('multi-stream', { minAccuracyPercent: 100, minQueryCount: 10 }));
    expect(result.system).toContain('json tensors');
    expect(unmet(result)).toEqual(['early-stopping']);
    expect(server.asked[0].rows).toHaveLength(8);
    expect(result.score.samples).toBe(result.score.queries * 8);
  });

  test('that takes binary tensors and does not say so is found out by a trial', async () => {
    const server = await serverThat({ saysBinary: false });
    const result = await load(server, settingsOf('offline', { targetQps: 1 }));
    expect(result.system).toContain('binary tensors');
    expect(server.asked).toHaveLength(71);
    expect(result.score.queries).toBe(70);
  });

  test('gets the queries of Server at their times', async () => {
    const settings = settingsOf('server', { targetQps: 200, targetLatencyNs: seconds(1), minQueryCount: 100 });
    const result = await load(await serverThat(), settings);
    expect(result.score.errors).toBe(0);
    expect(result.score.issueDelay?.count).toBe(result.score.queries);
    // The last of LoadGen's schedule for this rate.
    expect(result.score.lastScheduledNs).toBeGreaterThan(milliseconds(300));
  });

  test('is sent what its headers and its made-up inputs are to be', async () => {
    const server = await serverThat({ shape: [-1, 1, 28, -1] });
    const synthetic = { dataset: 'synthetic', shapes: new Map([['input', [1, 28, 28]]]) } as const;
    const result = await load(server, settingsOf('single-stream'), { ...synthetic, headers: { 'x-key': 'k' } });
    expect(result.score.accuracy).toBeNull();
    expect(server.asked[0].rows[0]).toHaveLength(784 * 4);
    await expect(load(server, settingsOf('offline'), { dataset: 'synthetic' })).rejects.toThrow(
      /leaves extents of an input to each request; found input float32 \[-1, 1, 28, -1\]; .* --shape input=1x28x224/,
    );
    const shaped = (name: string, ...extents: number[]) =>
      load(server, settingsOf('offline'), { dataset: 'synthetic', shapes: new Map([[name, extents]]) });
    await expect(shaped('input', 3, 28, 28)).rejects.toThrow('does not take that shape; found input=3x28x28');
    await expect(shaped('inptu', 1, 28, 28)).rejects.toThrow('no such input; found inptu; did you mean "input"?');
  });
});

describe('no completion is', () => {
  const every = (nth: number, answer: Answering['answer']): Answering => ({
    answer: (asked, response) => asked.number % nth === 1 && answer?.(asked, response) === true,
  });
  const wrongly = (change: (right: Record<string, unknown>, asked: Asked) => unknown): Answering =>
    every(5, (asked, response) =>
      sendJson(
        response,
        200,
        change(
          answerTo(asked, () => Array(10).fill(0)),
          asked,
        ),
      ),
    );
  const output = (parts: object) => (right: Record<string, unknown>) => ({
    ...right,
    outputs: [{ ...(right['outputs'] as object[])[0], ...parts }], // Made above.
  });

  test.each([
    [
      'an error of the server',
      every(5, (_, response) => sendJson(response, 500, { error: 'out of luck' })),
      'failed',
      'HTTP 500',
    ],
    ['a refusal', every(5, (_, response) => sendJson(response, 503, { error: 'busy' })), 'rejected', 'HTTP 503'],
    ['an answer of another shape', wrongly(output({ shape: [1, 9] })), 'wrong', 'output logits of shape [1, 9]'],
    ['one with too few values', wrongly(output({ data: [1] })), 'wrong', 'output logits with other values than'],
    [
      'one with a null',
      wrongly(output({ data: Array(10).fill(null) })),
      'wrong',
      'output logits with other values than',
    ],
    ['one of another datatype', wrongly(output({ datatype: 'FP64' })), 'wrong', 'output logits of datatype FP64'],
    ['one without the output', wrongly(output({ name: 'other' })), 'wrong', 'no output logits'],
    ['the answer to another request', wrongly((right) => ({ ...right, id: 'x' })), 'wrong', "another request's id"],
    ['what is not of the protocol', wrongly(() => ['hello']), 'wrong', 'an answer that is not of the protocol'],
    [
      'a connection broken off',
      every(5, (_, { socket }) => socket?.destroy() !== undefined),
      'failed',
      'connection broken off',
    ],
  ] as const)('%s', async (_name, answering, status, fault) => {
    const result = await load(await serverThat(answering), settingsOf('single-stream'));
    const { counts, faults, score } = result;
    expect(unmet(result)).toContain('errors');
    expect(counts[status]).toBeGreaterThanOrEqual(Math.floor(score.queries / 5));
    expect(counts.answered + counts[status]).toBe(score.queries);
    expect(faults[0][0]).toContain(fault);
    expect(faults[0][1]).toBe(counts[status]);
  });

  test('an answer that never comes, or stops half-way', async () => {
    const stalling: Answering = {
      answer: ({ number }, response) => {
        if (number === 3) return true;
        if (number !== 4) return false;
        response.writeHead(200, { 'Content-Length': 100 }).write('{"half":');
        return true;
      },
    };
    const options = { timeoutNs: milliseconds(1500) };
    const result = await load(await serverThat(stalling), settingsOf('single-stream', { allowErrors: 0.1 }), options);
    expect(result.counts.missing).toBe(2);
    expect(result.faults).toEqual([['no answer within 1.5 s', 2]]);
    expect(unmet(result)).toEqual([]);
  });

  test('the wrong class, when an accuracy is demanded', async () => {
    const server = await serverThat({
      answer: (asked, response) =>
        sendJson(
          response,
          200,
          answerTo(asked, () => [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ),
    });
    const result = await load(server, settingsOf('single-stream', { minAccuracyPercent: 50 }));
    expect(unmet(result)).toEqual(['accuracy']);
    expect(result.score.accuracy?.percent).toBeLessThan(30);
  });

  test('what the server said of its errors is told', async () => {
    const server = await serverThat(every(3, (_, response) => sendJson(response, 500, { error: 'out of luck' })));
    const { notes } = await load(server, settingsOf('offline'));
    expect(notes).toEqual(['the server said: HTTP 500 out of luck']);
  });
});

describe('the generator', () => {
  test('that has too few connections fell behind, and says so', async () => {
    const slowly: Answering = {
      answer: (asked, response) => {
        void setTimeout(20).then(() =>
          sendJson(
            response,
            200,
            answerTo(asked, () => Array(10).fill(0)),
          ),
        );
        return true;
      },
    };
    const settings = settingsOf('server', { targetQps: 200, targetLatencyNs: seconds(9), minQueryCount: 120 });
    const result = await load(await serverThat(slowly), settings, { connections: 1 });
    expect(unmet(result)).toContain('punctuality');
    expect(result.score.errors).toBe(0);
  });

  test('sends a request again whose connection was closed while it lay idle, and no other', async () => {
    const hangUp: Answering = {
      answer: ({ number }, { socket }) => number % 2 === 1 && socket?.destroy() !== undefined,
    };
    const { url } = await serverThat(hangUp);
    const client = new HttpClient({ url, connections: 1, timeoutNs: seconds(5), headers: {} });
    const tensor = { name: 'input', type: 'float32', shape: [1, 1, 28, 28], bytes: new Uint8Array(784 * 4) } as const;
    const { body, headers } = encodeRequest('1', [tensor], 'binary');
    const ask = async (): Promise<number> => (await client.post('/v2/models/images/infer', body, headers)).status;
    expect(await ask()).toBe(200);
    await setTimeout(600);
    expect(await ask()).toBe(200);
    await expect(ask()).rejects.toThrow('connection broken off');
    client.close();
  });

  test('that is broken off counts what was on its way as missing', async () => {
    const server = await serverThat({ answer: ({ number }) => number >= 5 });
    const signal = AbortSignal.timeout(500);
    const result = await load(server, settingsOf('single-stream', { minDurationNs: seconds(60) }), { signal });
    expect(result.counts).toMatchObject({ answered: 5, missing: 1 });
    expect(unmet(result)).toContain('completeness');
  });
});

describe('before anything is sent', () => {
  test.each([
    [{ model: 'other' }, /the server does not describe model other; found HTTP 404 unknown model "other"/],
    [{ url: new URL('http://127.0.0.1:1') }, /no server answers there; found connection refused; start the server/],
  ])('a wrong address or model is told: %o', async (parts, message) => {
    await expect(load(await serverThat(), settingsOf('offline'), parts)).rejects.toThrow(message);
  });

  test('a model that takes no such images, or one sample only, is told', async () => {
    const server = await serverThat({ shape: [1, 3, 8, 8] });
    await expect(load(server, settingsOf('offline'))).rejects.toThrow(
      /does not take the images of fashion-mnist; found input float32 \[1, 3, 8, 8\]; expected one FP32 input/,
    );
    await expect(load(server, settingsOf('multi-stream'), { dataset: 'synthetic' })).rejects.toThrow(
      'model images takes one sample at a time; found 8 samples in a query',
    );
  });
});
