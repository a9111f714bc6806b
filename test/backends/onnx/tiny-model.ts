/**
 * Writes ONNX files of one node, for the shapes and types that the bundled models do not have. Field numbers are
 * those of onnx.proto (ONNX 1.10); protobuf's wire format needs only varints and length-delimited fields here.
 */

export interface TinyTensor {
  readonly name: string;
  readonly type: keyof typeof ELEMENT_TYPES;
  /** Numbers are fixed, names are free. */
  readonly shape: readonly (number | string)[];
}

export interface TinyModel {
  readonly operator: string;
  readonly inputs: readonly TinyTensor[];
  readonly outputs: readonly TinyTensor[];
  /** A constant of int64 values that becomes the node's last input. */
  readonly constant?: readonly number[];
  /** The node's integer attributes. */
  readonly attributes?: Readonly<Record<string, number>>;
}

const ELEMENT_TYPES = { float32: 1, uint8: 2, int32: 6, int64: 7 } as const;
const IR_VERSION = 7;
const OPSET = 13;
const ATTRIBUTE_INT = 2;

/** The bytes of a model with one node. */
export function tinyModel({ operator, inputs, outputs, constant, attributes = {} }: TinyModel): Uint8Array {
  const constants = constant === undefined ? [] : ['constant'];
  const node = [
    ...[...inputs.map(({ name }) => name), ...constants].map((name) => text(1, name)),
    ...outputs.map(({ name }) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      nested(5, [text(1, name), number(3, value), number(20, ATTRIBUTE_INT)]),
    ),
  ];
  const graph = [
    nested(1, node),
    text(2, 'tiny'),
    ...(constant === undefined ? [] : [nested(5, constantTensor(constant))]),
    ...inputs.map((tensor) => nested(11, valueInfo(tensor))),
    ...outputs.map((tensor) => nested(12, valueInfo(tensor))),
  ];
  return Buffer.concat([number(1, IR_VERSION), nested(8, [text(1, ''), number(2, OPSET)]), nested(7, graph)]);
}

function constantTensor(values: readonly number[]): Buffer[] {
  const data = [...values].map((value) => number(7, value));
  return [number(1, values.length), number(2, ELEMENT_TYPES.int64), ...data, text(8, 'constant')];
}

function valueInfo({ name, type, shape }: TinyTensor): Buffer[] {
  const dims = shape.map((size) => nested(1, [typeof size === 'number' ? number(1, size) : text(2, size)]));
  const tensorType = [number(1, ELEMENT_TYPES[type]), nested(2, dims)];
  return [text(1, name), nested(2, [nested(1, tensorType)])];
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function text(field: number, value: string): Buffer {
  return nested(field, [Buffer.from(value)]);
}

function nested(field: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}
