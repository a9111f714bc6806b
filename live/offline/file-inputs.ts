/** From a file to the inputs of a model, and from its outputs to the answer, by the model's handler. */
import type { Handler, Handlers, Payload, TensorValue } from '../../backends/index.ts';
import { answerJson } from '../../backends/index.ts';
import type { ModelEntry } from '../service/index.ts';
import { FileFailure } from './file-failure.ts';

/** Of a model whose definition names none. */
const DEFAULT_HANDLER = 'tensor';
/** Classes that a classifier names. */
const TOP = 5;

/**
 * The tensors of one input.
 * @throws FileFailure or what the handler throws.
 */
export async function inputsOf(
  payload: Payload,
  model: ModelEntry,
  handlers: Handlers,
): Promise<readonly TensorValue[]> {
  const tensors = await handlerOf(model, handlers).preprocess([payload], model);
  const rows = tensors.map(({ shape }) => shape[0]);
  if (!model.batches || rows.every((count) => count === 1)) return tensors;
  throw new FileFailure(`it holds ${rows[0]} inputs of the model; a file is one`);
}

/** The answer as JSON. @throws what the handler throws. */
export async function answerOf(
  outputs: readonly TensorValue[],
  model: ModelEntry,
  handlers: Handlers,
): Promise<unknown> {
  const [answer] = await handlerOf(model, handlers).postprocess(outputs, model, { top: TOP });
  if (answer === undefined) throw new FileFailure('the model gave no answer');
  return answerJson(answer);
}

/** The variant of a definition's name. */
export function modelOf(variants: readonly ModelEntry[], definition: string): ModelEntry | undefined {
  return variants.find((entry) => entry.form === 'variant' && entry.variants[0].definition.name === definition);
}

function handlerOf({ handler = DEFAULT_HANDLER }: ModelEntry, handlers: Handlers): Handler {
  const found = handlers.find(handler);
  if (found === undefined) throw new FileFailure(`the service has no handler ${handler} any more`);
  return found;
}
