/** Models and payloads for the tests of handlers. */
import type { TensorSpec, TensorType } from '../../../core/index.ts';
import type { TensorValue } from '../../../backends/index.ts';
import type { Handler, HandlerModel, Payload } from '../../../backends/handlers/index.ts';
import { Handlers, builtInHandlers } from '../../../backends/handlers/index.ts';

export const LIMITS = { maxPixels: 1_000_000, maxSeconds: 10 };

const handlers = new Handlers(builtInHandlers(LIMITS));

export function handlerNamed(name: string): Handler {
  return handlers.named(name);
}

/** A model of one input and one output, at most four inputs a query. */
export function modelOf(
  shape: readonly (number | null)[],
  changes: Partial<HandlerModel> & { readonly type?: TensorType } = {},
): HandlerModel {
  const { type = 'float32', ...rest } = changes;
  return {
    name: 'm',
    inputs: [tensorSpec('x', shape, type)],
    outputs: [tensorSpec('y', [shape[0], -1])],
    batches: shape[0] === null,
    maxBatch: 4,
    labels: undefined,
    ...rest,
  };
}

export function tensorSpec(name: string, shape: readonly (number | null)[], type: TensorType = 'float32'): TensorSpec {
  return { name, type, shape };
}

export function payload(content: Uint8Array | string, contentType = '', name = ''): Payload {
  return { name, contentType, bytes: typeof content === 'string' ? Buffer.from(content) : content };
}

export function floats({ bytes }: TensorValue): number[] {
  return [...new Float32Array(Uint8Array.from(bytes).buffer)];
}

export function floatTensor(shape: readonly number[], values: readonly number[], name = 'y'): TensorValue {
  return { name, type: 'float32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}
