/**
 * The messages of inference.proto as the protobuf library decodes and encodes them, as far as this folder reads or
 * writes them. Types only; the .proto file says what the fields mean.
 */
import type { Long64 } from './long.ts';

/** Of the members of a `oneof`, the one that was sent is there. */
export interface InferParameter {
  readonly bool_param?: boolean;
  readonly int64_param?: Long64;
  readonly string_param?: string;
  readonly double_param?: number;
  readonly uint64_param?: Long64;
}

export type InferParameters = Readonly<Record<string, InferParameter>>;

export interface InferTensorContents {
  readonly bool_contents: readonly boolean[];
  readonly int_contents: readonly number[];
  readonly int64_contents: readonly Long64[];
  readonly uint_contents: readonly number[];
  readonly uint64_contents: readonly Long64[];
  readonly fp32_contents: readonly number[];
  readonly fp64_contents: readonly number[];
  readonly bytes_contents: readonly Uint8Array[];
}

export interface InferInputTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly Long64[];
  readonly parameters: InferParameters;
  readonly contents: InferTensorContents | null;
}

export interface InferRequestedOutputTensor {
  readonly name: string;
  readonly parameters: InferParameters;
}

export interface ModelInferRequest {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: InferParameters;
  readonly inputs: readonly InferInputTensor[];
  readonly outputs: readonly InferRequestedOutputTensor[];
  readonly raw_input_contents: readonly Uint8Array[];
}

export interface InferOutputTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

export interface ModelInferResponse {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly parameters: InferParameters;
  readonly outputs: readonly InferOutputTensor[];
  readonly raw_output_contents: readonly Uint8Array[];
}

export interface ModelStreamInferResponse {
  readonly error_message: string;
  readonly infer_response: ModelInferResponse | { readonly id: string };
}

/** A model's name and version, as most calls send them. */
export interface ModelRequest {
  readonly name: string;
  readonly version: string;
}

export interface RepositoryIndexRequest {
  readonly repository_name: string;
  readonly ready: boolean;
}

export interface ModelRepositoryParameter {
  readonly bool_param?: boolean;
  readonly int64_param?: Long64;
  readonly string_param?: string;
  readonly bytes_param?: Uint8Array;
}

export interface RepositoryModelRequest {
  readonly repository_name: string;
  readonly model_name: string;
  readonly parameters: Readonly<Record<string, ModelRepositoryParameter>>;
}
