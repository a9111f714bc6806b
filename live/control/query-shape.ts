/** What a model-less query of the management API may say, and how an answer is told. */
import { z } from 'zod';

const NAME_CHARACTERS = 200;
/** A year; longer objectives are none. */
const LATENCY_MS_MAX = 31_536_000_000;

const name = z.string({ error: 'a name' }).max(NAME_CHARACTERS, { error: `at most ${NAME_CHARACTERS} characters` });
const payload = z.strictObject(
  {
    /** Of the input, where the model has several. */
    name: name.default(''),
    contentType: z.string({ error: 'a media type' }).default(''),
    base64: z.base64({ error: 'base64' }),
  },
  { error: 'name, contentType, base64' },
);
const accuracy = 'a percentage from 0 to 100';
const positive = 'milliseconds above 0';
const milliseconds = z
  .number({ error: positive })
  .gt(0, { error: positive })
  .max(LATENCY_MS_MAX, { error: `at most ${LATENCY_MS_MAX} milliseconds` });

export const queryShape = z.strictObject(
  {
    variant: name.default(''),
    version: name.default(''),
    architecture: name.default(''),
    task: name.default(''),
    dataset: name.default(''),
    /** Side length of the images that the model must take. */
    inputDim: z.int({ error: 'a whole number from 1' }).min(1, { error: 'a whole number from 1' }).optional(),
    /** 0 asks for none. */
    accuracyPercent: z.number({ error: accuracy }).min(0, { error: accuracy }).max(100, { error: accuracy }).optional(),
    latencyMs: milliseconds.optional(),
    timeoutMs: milliseconds.optional(),
    /** Payloads for the model's handler. */
    images: z.array(payload, { error: 'a list of { base64 }' }).default([]),
    /** Raw little-endian bytes, or JSON with its media type, past the model's handler. */
    tensors: z.array(payload, { error: 'a list of { name, base64 }' }).default([]),
    /** Classes named of a classification. */
    top: z.int({ error: 'a whole number from 1' }).min(1, { error: 'a whole number from 1' }).default(5),
    /** Whether outputs come as base64 of their bytes instead of numbers. */
    binary: z.boolean({ error: 'true or false' }).default(false),
  },
  {
    error:
      'variant, version, architecture, task, dataset, inputDim, accuracyPercent, latencyMs, timeoutMs, images, ' +
      'tensors, top, binary',
  },
);

export type QueryBody = z.output<typeof queryShape>;

/** An answered query. */
export interface QueryAnswer {
  readonly status: 'SUCCESS';
  readonly variant: string;
  readonly version: string;
  readonly worker: string;
  /** `late` when the latency objective was missed. */
  readonly outcome: 'served' | 'late';
  readonly batchInputs: number;
  readonly timingsMs: {
    readonly loadWait: number;
    readonly queue: number;
    readonly preprocess: number;
    readonly infer: number;
    readonly postprocess: number;
    readonly latency: number;
  };
  readonly outputs: readonly QueryOutput[];
  /** One for each input, where a handler read them. */
  readonly answers?: readonly unknown[];
}

export interface QueryOutput {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Nested numbers, null for what is none; absent where bytes were asked for. */
  readonly data?: unknown;
  readonly base64?: string;
}
