/** Pre- and postprocessing: from a client's payloads to a model's input tensors, and from its outputs to answers. */
export type { AnswerWish, Handler, HandlerAnswer, HandlerModel, Payload, RankedClass } from './handler.ts';
export type { HandlerChoice, HandlersOptions } from './registry.ts';
export { Handlers, builtInHandlers, createHandlers } from './registry.ts';
export type { ImageLimits } from './decode-image.ts';
export { answerJson } from './answer-json.ts';
export { argmax, softmax, topIndexes } from './classify.ts';
export type { Normalisation } from './normalisation.ts';
export { FASHION_MNIST, SYMMETRIC, writeNormalised } from './normalisation.ts';
export { halfBits } from './half-float.ts';
