/**
 * What a handler is: the way from a client's payloads to a model's input tensors, and from its output tensors to
 * answers. A handler keeps nothing between calls and reads nothing but its arguments. What a client got wrong is a
 * ServingError HANDLER_PAYLOAD, whose text may be shown to it; what the model got wrong is HANDLER_OUTPUT.
 */
import type { TensorSpec } from '../../core/index.ts';
import type { TensorValue } from '../tensors/index.ts';

/** One thing that a client sent: a body, or a part of a multipart one. */
export interface Payload {
  /** The part's field name; '' for a whole body. */
  readonly name: string;
  /** In lower case and without parameters; '' when the client did not say. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** What a handler must know of a model; a directory's entry is one. */
export interface HandlerModel {
  readonly name: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Whether the first dimension of its tensors is the batch. */
  readonly batches: boolean;
  /** The most inputs of one query. */
  readonly maxBatch: number;
  readonly labels: readonly string[] | undefined;
}

export interface RankedClass {
  readonly index: number;
  readonly label: string;
  /** From 0 to 1. */
  readonly probability: number;
}

/** The answer to one input; `answerJson` gives its JSON form. */
export type HandlerAnswer =
  /** The most probable classes, best first, at least one. */
  | { readonly kind: 'classification'; readonly top: readonly RankedClass[] }
  /** The input's row of every output, without the batch dimension. */
  | { readonly kind: 'tensors'; readonly tensors: readonly TensorValue[] }
  /** Whatever else, as JSON. */
  | { readonly kind: 'json'; readonly value: unknown };

export interface AnswerWish {
  /** How many classes a classifier is to name, at least 1. */
  readonly top: number;
}

export interface Handler {
  readonly name: string;
  /** One sentence: what the client sends and what it gets. */
  readonly doc: string;
  /**
   * The model's input tensors, one for each of its inputs and in their order.
   *
   * @param payloads at least one, in the order they were sent; not changed.
   * @throws ServingError HANDLER_PAYLOAD when they are not what the handler takes; HANDLER_MODEL when the handler does
   * not suit the model.
   */
  preprocess(
    payloads: readonly Payload[],
    model: HandlerModel,
  ): readonly TensorValue[] | Promise<readonly TensorValue[]>;
  /**
   * One answer for each input of the query, in their order.
   *
   * @param outputs only read, and not kept beyond the answers.
   * @throws ServingError HANDLER_OUTPUT when the model's output is not what the handler expects.
   */
  postprocess(
    outputs: readonly TensorValue[],
    model: HandlerModel,
    wish: AnswerWish,
  ): readonly HandlerAnswer[] | Promise<readonly HandlerAnswer[]>;
}
