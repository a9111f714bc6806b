/** A batch of zeros for a model, laid out as an engine takes it: what is run to learn how long batches take. */
import type { TensorSpec } from '../../core/index.ts';
import type { LoadReport, RunInputs } from '../../backends/index.ts';
import { aligned, elementBytes, elementCount } from '../../backends/index.ts';

/** An empty text is its length alone. */
const EMPTY_TEXT_BYTES = 4;

export interface ZeroBatch {
  readonly run: RunInputs;
  /** Of the engine's room that are used. */
  readonly bytes: number;
}

/** @param model as the engine loaded it. Extents that each request chooses are 1. */
export function zeroBatch(model: Pick<LoadReport, 'inputs' | 'fixedBatch'>, rows: number): ZeroBatch {
  let bytes = 0;
  const inputs = model.inputs.map(({ type, shape: spec }: TensorSpec) => {
    const shape = spec.map((extent) => (extent === null ? (model.fixedBatch ?? rows) : Math.max(1, extent)));
    const size = elementCount(shape) * (type === 'string' ? EMPTY_TEXT_BYTES : elementBytes(type));
    const place = { shape, at: bytes, bytes: size };
    bytes = aligned(bytes + size);
    return place;
  });
  return { run: { rows, inputs }, bytes };
}
