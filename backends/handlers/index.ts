/** Pre- and postprocessing: from a client's bytes to a model's input, and from its output to an answer. */
export type { Handler, HandlerAnswer } from './handler.ts';
export { handlerNamed, handlers } from './registry.ts';
export { argmax, softmax, topIndexes } from './classify.ts';
