/** What a server of the Open Inference Protocol says of a model, before it is asked anything. */
import { z } from 'zod';
import type { TensorSpec } from '../../../../core/index.ts';
import { ServingError } from '../../../../core/index.ts';
import { typeOf } from './datatypes.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import { NoAnswerError } from './http-client.ts';

export interface ModelName {
  readonly model: string;
  /** The server's choice when left out. */
  readonly version?: string | undefined;
}

export interface ServedModelMetadata {
  readonly server: string;
  /** Whether the server says that it takes tensors as bytes. */
  readonly saysBinary: boolean;
  /** `null` in the first place marks the batch, -1 an extent that each request chooses. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

const serverSchema = z.object({ name: z.string().catch('a server'), extensions: z.array(z.string()).catch([]) });
const tensorSchema = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.coerce.number().int()) });
const modelSchema = z.object({ inputs: z.array(tensorSchema).min(1), outputs: z.array(tensorSchema).min(1) });

/** The extension's name in the server's metadata. */
const BINARY = 'binary_tensor_data';

/** `/v2/models/NAME[/versions/VERSION]`. */
export function modelPath({ model, version }: ModelName): string {
  const path = `/v2/models/${encodeURIComponent(model)}`;
  return version === undefined ? path : `${path}/versions/${encodeURIComponent(version)}`;
}

/**
 * @throws ServingError SERVICE_UNREACHABLE when nobody answers, LOAD_MODEL when the server has no such model, or says
 * what no client understands.
 */
export async function modelMetadata(client: HttpClient, url: URL, name: ModelName): Promise<ServedModelMetadata> {
  const server = await ask(client, url, '/v2');
  const about = server.status === 200 ? serverSchema.safeParse(jsonOf(server)) : undefined;
  const answer = await ask(client, url, modelPath(name));
  if (answer.status !== 200) throw refused(url, name, answer);
  const parsed = modelSchema.safeParse(jsonOf(answer));
  if (!parsed.success) throw unusable(url, name, parsed.error.issues[0].message);
  const { inputs, outputs } = parsed.data;
  const isBatched = inputs.every(({ shape }) => shape[0] === -1);
  const specs = (tensors: typeof inputs): TensorSpec[] => tensors.map((tensor) => specOf(tensor, isBatched, url, name));
  return {
    server: about?.data?.name ?? 'a server',
    saysBinary: about?.data?.extensions.includes(BINARY) === true,
    inputs: specs(inputs),
    outputs: specs(outputs),
  };
}

/** What an error answer says: its `error`, or how it begins. */
export function errorText(answer: HttpAnswer): string {
  const stated = z.object({ error: z.string() }).safeParse(jsonOf(answer)).data?.error;
  const said = stated ?? answer.body.subarray(0, 2000).toString('utf8').trim();
  return said.length > 160 ? `${said.slice(0, 160)}...` : said;
}

async function ask(client: HttpClient, url: URL, path: string): Promise<HttpAnswer> {
  try {
    return await client.get(path);
  } catch (cause) {
    if (!(cause instanceof NoAnswerError)) throw cause;
    throw new ServingError({
      code: 'SERVICE_UNREACHABLE',
      place: url.href,
      message: 'no server answers there',
      found: cause.message,
      next: 'start the server, or correct --url',
      cause,
    });
  }
}

function specOf(
  { name, datatype, shape }: z.output<typeof tensorSchema>,
  isBatched: boolean,
  url: URL,
  model: ModelName,
): TensorSpec {
  const type = typeOf(datatype);
  if (type === undefined) throw unusable(url, model, `tensor ${name} of datatype ${datatype}`);
  return { name, type, shape: shape.map((extent, at) => (isBatched && at === 0 && extent === -1 ? null : extent)) };
}

function refused(url: URL, { model }: ModelName, answer: HttpAnswer): ServingError {
  return new ServingError({
    code: 'LOAD_MODEL',
    place: url.href,
    message: `the server does not describe model ${model}`,
    found: `HTTP ${answer.status} ${errorText(answer)}`.trim(),
    expected: 'the metadata of a model that is ready',
    next: 'correct --model; many servers list their models at /v2/models',
  });
}

function unusable(url: URL, { model }: ModelName, found: string): ServingError {
  return new ServingError({
    code: 'LOAD_MODEL',
    place: url.href,
    message: `the server's metadata of model ${model} cannot be used`,
    found,
    expected: 'inputs and outputs with name, datatype and shape, of the Open Inference Protocol',
  });
}

function jsonOf({ body }: HttpAnswer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
