/**
 * What a handler is: the way from a client's bytes to a model's input, and from a model's output to an answer.
 * Handlers are pure: they keep nothing between calls and do no I/O.
 */

/** An answer as a server prints it. */
export type HandlerAnswer =
  | {
      readonly kind: 'classification';
      /** The most probable class, and its name. */
      readonly index: number;
      readonly label: string;
      /** The most probable classes, best first, with probabilities from 0 to 1. */
      readonly top: readonly { readonly index: number; readonly label: string; readonly probability: number }[];
    }
  | { readonly kind: 'tensor'; readonly values: Float32Array };

export interface Handler {
  readonly name: string;
  /** One sentence: what the client sends and what it gets. */
  readonly doc: string;
  /**
   * Writes one input from `target[offset]` on.
   *
   * @param payload the client's bytes; not changed.
   * @returns the number of values written.
   * @throws ServingError HANDLER_PAYLOAD when the payload is not what the handler takes or does not fit.
   */
  preprocess(payload: Uint8Array, target: Float32Array, offset: number): number;
  /**
   * Turns one row of the model's output into an answer.
   *
   * @param output the row; only read, and not kept.
   * @throws ServingError HANDLER_OUTPUT when the model's output is not what the handler expects.
   */
  postprocess(output: Float32Array): HandlerAnswer;
}
