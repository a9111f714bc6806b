/** Inference requests for a model of the scene, made once and sent again and again. */
import type { SceneModel } from './scene.ts';

/** A request of HTTP/1.1 as it goes over the wire: tensors as bytes, and asked for as bytes. */
export function binaryRequest(model: SceneModel): Buffer {
  const bytes = bytesOf(model);
  const json = JSON.stringify({
    inputs: [{ ...described(model), parameters: { binary_data_size: bytes.length } }],
    parameters: { binary_data_output: true },
  });
  const header = `Inference-Header-Content-Length: ${json.length}\r\n`;
  return posted(model, header, Buffer.concat([Buffer.from(json), bytes]));
}

/** The same with its numbers as text, both ways. */
export function jsonRequest(model: SceneModel): Buffer {
  const json = JSON.stringify({ inputs: [{ ...described(model), data: [...valuesOf(model)] }] });
  return posted(model, 'Content-Type: application/json\r\n', Buffer.from(json));
}

/** What the protocol's message `ModelInferRequest` holds. */
export function grpcRequest(model: SceneModel): object {
  return { model_name: model.name, inputs: [described(model)], raw_input_contents: [bytesOf(model)] };
}

export function getRequest(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`);
}

function posted({ name }: SceneModel, header: string, body: Uint8Array): Buffer {
  const head = `POST /v2/models/${name}/infer HTTP/1.1\r\nHost: bench\r\n${header}Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function described({ input, shape }: SceneModel): object {
  return { name: input, datatype: 'FP32', shape: [1, ...shape] };
}

function bytesOf(model: SceneModel): Buffer {
  return Buffer.from(valuesOf(model).buffer);
}

function valuesOf({ shape }: SceneModel): Float32Array<ArrayBuffer> {
  const length = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length }, (_, at) => (at % 251) / 251);
}
