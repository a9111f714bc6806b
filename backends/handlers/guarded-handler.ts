/**
 * Stands between the service and a user's handler: what their code throws ends as one ServingError, and tensors that
 * the model does not take never reach an engine. A user says that the client is at fault by throwing an Error whose
 * `code` is HANDLER_PAYLOAD; its message is then shown to the client, and no other is.
 */
import type { TensorSpec } from '../../core/index.ts';
import { ServingError } from '../../core/index.ts';
import type { TensorValue } from '../tensors/index.ts';
import { elementBytes, elementCount } from '../tensors/index.ts';
import type { Handler, HandlerAnswer, HandlerModel } from './handler.ts';

export function guardedHandler(own: Handler, { name, doc }: Pick<Handler, 'name' | 'doc'>): Handler {
  return {
    name,
    doc,
    async preprocess(payloads, model) {
      const tensors: unknown = await calling(name, 'preprocess', () => own.preprocess(payloads, model));
      const problem = tensorProblem(tensors, model);
      if (problem === undefined) return tensors as readonly TensorValue[]; // Checked just now.
      throw failure(name, 'preprocess() answers what the model does not take', problem);
    },
    async postprocess(outputs, model, wish) {
      const answers: unknown = await calling(name, 'postprocess', () => own.postprocess(outputs, model, wish));
      if (Array.isArray(answers) && answers.every(isAnswer)) return answers;
      throw failure(name, 'postprocess() answers no list of answers', typeof answers);
    },
  };
}

async function calling(name: string, method: string, call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'HANDLER_PAYLOAD') {
      throw cause instanceof ServingError
        ? cause
        : new ServingError({ code: cause.code, message: cause.message, cause });
    }
    throw failure(
      name,
      `${method}() threw`,
      cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause),
      cause,
    );
  }
}

function failure(name: string, message: string, found: string, cause?: unknown): ServingError {
  const parts = { code: 'HANDLER_FAILED', message: `handler ${name}: ${message}`, found };
  return new ServingError(cause === undefined ? parts : { ...parts, cause });
}

/** What is wrong with tensors as inputs of a model; undefined when nothing is. */
function tensorProblem(tensors: unknown, { inputs, batches }: HandlerModel): string | undefined {
  if (!Array.isArray(tensors) || tensors.length !== inputs.length) return 'not one tensor for each input';
  const rows = (tensors as readonly Partial<TensorValue>[])[0]?.shape?.[0];
  for (const [index, spec] of inputs.entries()) {
    const tensor = (tensors as readonly Partial<TensorValue>[])[index];
    if (!suits(tensor, spec)) return `a wrong tensor for input ${spec.name}`;
    if (batches && tensor.shape[0] !== rows) return 'inputs with different numbers of rows';
  }
  return undefined;
}

function suits(
  tensor: Partial<TensorValue> | null | undefined,
  { name, type, shape }: TensorSpec,
): tensor is TensorValue {
  if (tensor?.name !== name || tensor.type !== type || !Array.isArray(tensor.shape)) return false;
  const own: readonly unknown[] = tensor.shape;
  const extentsFit = own.every((extent, at) => {
    const wanted = shape[at] ?? -1;
    return (
      typeof extent === 'number' && Number.isSafeInteger(extent) && extent > 0 && (wanted < 0 || wanted === extent)
    );
  });
  if (own.length !== shape.length || !extentsFit || !(tensor.bytes instanceof Uint8Array)) return false;
  return type === 'string' || tensor.bytes.length === elementCount(tensor.shape) * elementBytes(type);
}

function isAnswer(answer: unknown): answer is HandlerAnswer {
  if (typeof answer !== 'object' || answer === null || !('kind' in answer)) return false;
  if (answer.kind === 'json') return 'value' in answer;
  if (answer.kind === 'tensors') return 'tensors' in answer && Array.isArray(answer.tensors);
  return answer.kind === 'classification' && 'top' in answer && Array.isArray(answer.top) && answer.top.length > 0;
}
