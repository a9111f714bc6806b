/**
 * The tensors of a request, as given: raw bytes or typed contents, one of the two for the whole request. Whether they
 * fit the model is judged by those who know it.
 */
import { status } from '@grpc/grpc-js';
import type { GivenTensor } from '../open-inference/index.ts';
import { CallFailure } from './call-failure.ts';
import { contentsLength, packContents } from './contents.ts';
import { longToBigInt, longToNumber } from './long.ts';
import type { InferInputTensor, ModelInferRequest } from './messages.ts';

/** @throws CallFailure INVALID_ARGUMENT when raw and typed contents are mixed, or their numbers differ. */
export function givenTensors({ inputs, raw_input_contents: raw }: ModelInferRequest): GivenTensor[] {
  if (raw.length === 0) return inputs.map((input, at) => given(input, contentsOf(input, at)));
  const typed = inputs.findIndex(({ contents }) => contentsLength(contents) > 0);
  if (typed >= 0) throw invalid(`inputs[${typed}]: got contents beside raw_input_contents, expected one of the two`);
  if (raw.length !== inputs.length) {
    throw invalid(`raw_input_contents: got ${raw.length} entries, expected one for each of ${inputs.length} inputs`);
  }
  return inputs.map((input, at) => given(input, raw[at]));
}

function given({ name, datatype, shape }: InferInputTensor, data: GivenTensor['data']): GivenTensor {
  return { name, datatype, shape: shape.map((extent) => longToNumber(extent) ?? longToBigInt(extent)), data };
}

function contentsOf({ contents }: InferInputTensor, at: number): GivenTensor['data'] {
  if (contents === null) throw invalid(`inputs[${at}]: got no data, expected contents or raw_input_contents`);
  return packContents(contents);
}

function invalid(message: string): CallFailure {
  return new CallFailure(status.INVALID_ARGUMENT, message);
}
