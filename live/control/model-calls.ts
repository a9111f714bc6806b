/**
 * `POST /rehearse/v1/models` registers a model by a config of INFaaS's or a profile of ours, `DELETE .../models/:name`
 * takes it away, `POST .../models/:name/default` chooses the version that queries get who name none.
 */
import { z } from 'zod';
import type { HttpRoute } from '../http/index.ts';
import type { ModelManager } from '../models/index.ts';
import { jsonAnswer, readJson, readQuery } from './json-call.ts';

/** A config has eighteen keys, a profile some rows. */
const CONFIG_CHARACTERS = 1_000_000;
const PATH_CHARACTERS = 4096;

const registerShape = z.strictObject(
  {
    kind: z.enum(['infaas-config', 'profile'], { error: 'infaas-config or profile' }),
    text: z
      .string({ error: 'the text of the config' })
      .max(CONFIG_CHARACTERS, { error: `at most ${CONFIG_CHARACTERS} characters` }),
    /** What places of mistakes begin with. */
    file: z.string({ error: "the config's name" }).regex(/^[\w.-]{1,255}$/, { error: 'a file name without a path' }),
    /** On the server's host, in a folder that models may come from. */
    folder: z
      .string({ error: 'a folder' })
      .max(PATH_CHARACTERS, { error: `at most ${PATH_CHARACTERS} characters` })
      .optional(),
    /** Takes the place of all versions there are. */
    replace: z.boolean({ error: 'true or false' }).default(false),
  },
  { error: 'kind, text, file, folder, replace' },
);
const versionText = z.string({ error: 'a version' }).max(200, { error: 'at most 200 characters' });
const versionShape = z.strictObject({ version: versionText }, { error: 'version' });

export function modelRoutes(models: Pick<ModelManager, 'register' | 'unregister' | 'setDefault'>): HttpRoute[] {
  return [
    {
      methods: ['POST'],
      path: '/rehearse/v1/models',
      scope: 'manage',
      async handle(exchange) {
        const { kind, text, file, folder, replace } = readJson(exchange, registerShape);
        return jsonAnswer(await models.register({ kind, text, file, folder }, { replace }));
      },
    },
    {
      methods: ['DELETE'],
      path: '/rehearse/v1/models/:name',
      scope: 'manage',
      async handle(exchange) {
        const { version } = readQuery(exchange, versionShape.partial());
        const { name } = exchange.params;
        await models.unregister(name, version);
        return jsonAnswer({ name });
      },
    },
    {
      methods: ['POST'],
      path: '/rehearse/v1/models/:name/default',
      scope: 'manage',
      async handle(exchange) {
        const { version } = readJson(exchange, versionShape);
        const { name } = exchange.params;
        await models.setDefault(name, version);
        return jsonAnswer({ name, version });
      },
    },
  ];
}
