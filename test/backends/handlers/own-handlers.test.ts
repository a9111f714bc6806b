import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Handler } from '../../../backends/handlers/index.ts';
import { Handlers, SYMMETRIC, createHandlers } from '../../../backends/handlers/index.ts';
import { LIMITS, floatTensor, handlerNamed, modelOf, payload } from './fixtures.ts';

const model = modelOf([null, 2]);

function fileWith(text: string, name = 'own.ts'): string {
  const folder = mkdtempSync(join(tmpdir(), 'handlers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function load(path: string): Promise<Handler> {
  return (await createHandlers({ limits: LIMITS, own: [{ kind: 'file', name: 'own', path }] })).named('own');
}

/** A file whose preprocess is this body. */
function own(
  preprocess: string,
  postprocess = "return [{ kind: 'json', value: { rows: outputs[0].shape[0] } }];",
): string {
  return `export const handler = {
    doc: 'Takes pairs.',
    preprocess(payloads: readonly { bytes: Uint8Array }[], model: { inputs: unknown[] }) { ${preprocess} },
    async postprocess(outputs: readonly { shape: number[] }[]) { ${postprocess} },
  };`;
}

const GOOD = "return [{ name: 'x', type: 'float32', shape: [1, 2], bytes: new Uint8Array(8) }];";

describe('the handlers of a service', () => {
  test('are the built-in ones and those of the config, of which the last of a name counts', async () => {
    const choice = { kind: 'image-classifier', name: 'fashion-mnist', normalisation: SYMMETRIC, fit: 'cover' } as const;
    const handlers = await createHandlers({ limits: LIMITS, own: [choice] });
    expect(handlers.list().map(({ name }) => name)).toEqual([
      'image-classifier',
      'image-classifier-symmetric',
      'fashion-mnist',
      'tensor',
    ]);
    for (const handler of handlers.list()) expect(handler.doc).toMatch(/^Takes .*\.$/);
  });

  test('are found as TorchServe’s archives write them', () => {
    const handler = handlerNamed('image-classifier');
    expect(handlerNamed('image_classifier')).toBe(handler);
  });

  test('an unknown name is answered with the known ones', () => {
    expect(() => new Handlers([handlerNamed('tensor')]).named('imagnet')).toThrow(
      'there is no such pre- and postprocessing handler; found "imagnet"; expected one of tensor',
    );
  });
});

describe('a user’s own handler', () => {
  test('is a TypeScript file that exports `handler`', async () => {
    const handler = await load(fileWith(own(GOOD)));
    expect(handler).toMatchObject({ name: 'own', doc: 'Takes pairs.' });
    expect(await handler.preprocess([payload('a')], model)).toMatchObject([{ name: 'x', shape: [1, 2] }]);
    const answers = await handler.postprocess([floatTensor([3, 1], [1, 2, 3])], model, { top: 1 });
    expect(answers).toEqual([{ kind: 'json', value: { rows: 3 } }]);
  });

  test.each([
    ['a.ts', 'export const other = 1;', 'the handler file exports no handler; found exports named other'],
    ['a.ts', 'export const handler = { preprocess() {} };', 'the handler lacks postprocess; found undefined'],
    ['a.ts', 'export const handler = {\n', 'fails while it is loaded'],
    ['a.mjs', 'export const x = 1;\nexport const handler = {;\n', ':2: the handler file fails while it is loaded'],
    ['a.ts', 'throw new Error("no luck");', 'fails while it is loaded; found Error: no luck'],
    ['a.py', '', 'the handler file cannot be read; found ".py"; expected a file that ends in .ts, .mts, .js, .mjs'],
  ])('%s with %j is refused', async (name, text, message) => {
    await expect(load(fileWith(text, name))).rejects.toThrow(message);
  });

  test('a missing file is refused', async () => {
    await expect(load('no/such/file.ts')).rejects.toThrow(
      'no/such/file.ts: the handler file cannot be read; found no such file',
    );
  });

  test.each([
    ['throw new Error("secret");', 'HANDLER_FAILED', 'handler own: preprocess() threw; found Error: secret'],
    ['return [];', 'HANDLER_FAILED', 'found not one tensor for each input'],
    ['return "x";', 'HANDLER_FAILED', 'found not one tensor for each input'],
    [GOOD.replace('(8)', '(7)'), 'HANDLER_FAILED', 'found a wrong tensor for input x'],
    [GOOD.replace('[1, 2]', '[1, 3]'), 'HANDLER_FAILED', 'found a wrong tensor for input x'],
    [GOOD.replace("'float32'", "'int32'"), 'HANDLER_FAILED', 'found a wrong tensor for input x'],
    ['throw Object.assign(new Error("send pairs"), { code: "HANDLER_PAYLOAD" });', 'HANDLER_PAYLOAD', 'send pairs'],
  ])('preprocess: %s', async (body, code, message) => {
    const handler = await load(fileWith(own(body)));
    await expect(handler.preprocess([payload('')], model)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  test.each(['return 7;', 'return [{ kind: "x" }];', 'return [{ kind: "classification", top: [] }];'])(
    'postprocess may not answer: %s',
    async (body) => {
      const handler = await load(fileWith(own(GOOD, body)));
      await expect(handler.postprocess([], model, { top: 1 })).rejects.toThrow(
        'postprocess() answers no list of answers',
      );
    },
  );
});
