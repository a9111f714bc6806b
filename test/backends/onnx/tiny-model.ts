/**
 * Writes small ONNX files: models of a few nodes in the shapes and types that the bundled models do not have. Field
 * numbers are those of onnx.proto (ONNX 1.10); of protobuf's wire format, varints and length-delimited fields suffice.
 */
import { endianness } from 'node:os';
import type { TensorType } from '../../../core/index.ts';

export interface TinyTensor {
  readonly name: string;
  readonly type: TensorType;
  /** Numbers are fixed, names are free: `['N', 3]` batches. */
  readonly shape: readonly (number | string)[];
  /** A sequence of such tensors. Default: a tensor. */
  readonly sequence?: boolean;
}

export interface TinyNode {
  readonly operator: string;
  /** Names of tensors; `''` leaves an optional one out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** A number becomes an integer attribute, a list integers, a text a string, a graph a subgraph. */
  readonly attributes?: Readonly<Record<string, number | string | readonly number[] | TinyGraph>>;
  /** Of the operator; the standard one when left out. */
  readonly domain?: string;
}

export interface TinyConstant {
  readonly name: string;
  readonly type: TensorType;
  /** Extents; `[]` is a scalar. */
  readonly dims: readonly number[];
  /** Of float16 the bits; of 64-bit integers bigints or numbers; of bool 0 and 1. */
  readonly values: readonly (number | bigint | string)[];
  /** Name of the file that would hold the values; then `values` are not written. */
  readonly file?: string;
}

export interface TinyGraph {
  readonly nodes: readonly TinyNode[];
  readonly inputs: readonly TinyTensor[];
  readonly outputs: readonly TinyTensor[];
  readonly initializers?: readonly TinyConstant[];
}

const ELEMENT_TYPES: Readonly<Record<TensorType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
};
const IR_VERSION = 7;
const OPSET = 13;
const EXTERNAL = 1;

/** The bytes of a model. Operators are those of opset 13; other domains are declared in version 1. */
export function tinyModel(graph: TinyGraph): Uint8Array {
  const domains = new Set(graph.nodes.map(({ domain = '' }) => domain));
  return Buffer.concat([
    number(1, IR_VERSION),
    ...[...domains.add('')].map((domain) => nested(8, [text(1, domain), number(2, domain === '' ? OPSET : 1)])),
    nested(7, graphParts(graph)),
  ]);
}

/** One node between the inputs and the outputs, in their order. */
export function nodeModel(
  operator: string,
  inputs: readonly TinyTensor[],
  outputs: readonly TinyTensor[],
  parts: Pick<TinyNode, 'attributes' | 'domain'> & Pick<TinyGraph, 'initializers'> = {},
): Uint8Array {
  const { initializers = [], ...node } = parts;
  const names = [...inputs, ...initializers].map(({ name }) => name);
  const nodes = [{ operator, inputs: names, outputs: outputs.map(({ name }) => name), ...node }];
  return tinyModel({ nodes, inputs, outputs, initializers });
}

/** Puts its input x (float32, [N, 3]) into a sequence, y: an output that is no tensor. */
export function sequenceModel(): Uint8Array {
  const node = { operator: 'SequenceConstruct', inputs: ['x'], outputs: ['y'] };
  const inputs = [{ name: 'x', type: 'float32', shape: ['N', 3] }] as const;
  return tinyModel({ nodes: [node], inputs, outputs: [{ ...inputs[0], name: 'y', sequence: true }] });
}

/** Answers its input INPUT0 as OUTPUT0. @param shape `['N', 3]` batches, `[3]` does not, a name is a free extent. */
export function identityModel(type: TensorType, shape: readonly (number | string)[] = ['N', 16]): Uint8Array {
  return nodeModel('Identity', [{ name: 'INPUT0', type, shape }], [{ name: 'OUTPUT0', type, shape }]);
}

/** Two inputs, their sum OUTPUT0 and their difference OUTPUT1: what Triton's example `simple` computes. */
export function addSubModel(type: TensorType = 'int32', shape: readonly (number | string)[] = ['N', 16]): Uint8Array {
  const inputs = ['INPUT0', 'INPUT1'];
  return tinyModel({
    nodes: [
      { operator: 'Add', inputs, outputs: ['OUTPUT0'] },
      { operator: 'Sub', inputs, outputs: ['OUTPUT1'] },
    ],
    inputs: inputs.map((name) => ({ name, type, shape })),
    outputs: ['OUTPUT0', 'OUTPUT1'].map((name) => ({ name, type, shape })),
  });
}

/** INPUT0 of [N, rows] times a matrix [rows, columns] of ones gives OUTPUT0 of [N, columns]; float32. */
export function matMulModel(rows: number, columns: number): Uint8Array {
  const values = Array.from({ length: rows * columns }, () => 1);
  return nodeModel(
    'MatMul',
    [{ name: 'INPUT0', type: 'float32', shape: ['N', rows] }],
    [{ name: 'OUTPUT0', type: 'float32', shape: ['N', columns] }],
    { initializers: [{ name: 'WEIGHTS', type: 'float32', dims: [rows, columns], values }] },
  );
}

/**
 * Counts to the greatest number in INPUT0 (int64, [N, 1]) before it answers the input as OUTPUT0: about a microsecond
 * for each step, so a large number hangs.
 */
export function countingModel(): Uint8Array {
  const scalar = (name: string, type: TensorType): TinyTensor => ({ name, type, shape: [] });
  const body: TinyGraph = {
    nodes: [
      { operator: 'Identity', inputs: ['go'], outputs: ['go_on'] },
      { operator: 'Identity', inputs: ['carried'], outputs: ['carried_on'] },
    ],
    inputs: [scalar('step', 'int64'), scalar('go', 'bool'), { name: 'carried', type: 'int64', shape: ['N', 1] }],
    outputs: [scalar('go_on', 'bool'), { name: 'carried_on', type: 'int64', shape: ['N', 1] }],
  };
  return tinyModel({
    nodes: [
      { operator: 'ReduceMax', inputs: ['INPUT0'], outputs: ['steps'], attributes: { keepdims: 0 } },
      { operator: 'Loop', inputs: ['steps', '', 'INPUT0'], outputs: ['OUTPUT0'], attributes: { body } },
    ],
    inputs: [{ name: 'INPUT0', type: 'int64', shape: ['N', 1] }],
    outputs: [{ name: 'OUTPUT0', type: 'int64', shape: ['N', 1] }],
  });
}

/** Fills as many float32 values as the greatest number in INPUT0 (int64, [N, 1]) says, then answers zeros as OUTPUT0. */
export function greedyModel(): Uint8Array {
  return tinyModel({
    nodes: [
      { operator: 'ReduceMax', inputs: ['INPUT0'], outputs: ['most'], attributes: { keepdims: 0 } },
      { operator: 'Reshape', inputs: ['most', 'ONE'], outputs: ['size'] },
      { operator: 'ConstantOfShape', inputs: ['size'], outputs: ['zeros'] },
      { operator: 'ReduceSum', inputs: ['zeros'], outputs: ['zero'], attributes: { keepdims: 0 } },
      { operator: 'Cast', inputs: ['INPUT0'], outputs: ['asked'], attributes: { to: ELEMENT_TYPES.float32 } },
      { operator: 'Mul', inputs: ['asked', 'zero'], outputs: ['OUTPUT0'] },
    ],
    inputs: [{ name: 'INPUT0', type: 'int64', shape: ['N', 1] }],
    outputs: [{ name: 'OUTPUT0', type: 'float32', shape: ['N', 1] }],
    initializers: [{ name: 'ONE', type: 'int64', dims: [1], values: [1] }],
  });
}

function graphParts({ nodes, inputs, outputs, initializers = [] }: TinyGraph): Buffer[] {
  return [
    ...nodes.map((node) => nested(1, nodeParts(node))),
    text(2, 'tiny'),
    ...initializers.map((constant) => nested(5, constantParts(constant))),
    ...inputs.map((tensor) => nested(11, valueInfo(tensor))),
    ...outputs.map((tensor) => nested(12, valueInfo(tensor))),
  ];
}

function nodeParts({ operator, inputs, outputs, attributes = {}, domain = '' }: TinyNode): Buffer[] {
  return [
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => nested(5, [text(1, name), ...attributeParts(value)])),
    text(7, domain),
  ];
}

/** The value, and its kind in field 20: INT 2, STRING 3, GRAPH 5, INTS 7. */
function attributeParts(value: number | string | readonly number[] | TinyGraph): Buffer[] {
  if (typeof value === 'number') return [number(3, value), number(20, 2)];
  if (typeof value === 'string') return [text(4, value), number(20, 3)];
  if ('nodes' in value) return [nested(6, graphParts(value)), number(20, 5)];
  return [...value.map((item) => number(8, item)), number(20, 7)];
}

function constantParts({ name, type, dims, values, file }: TinyConstant): Buffer[] {
  const content =
    file === undefined
      ? valueParts(type, values)
      : [nested(13, [text(1, 'location'), text(2, file)]), number(14, EXTERNAL)];
  return [...dims.map((size) => number(1, size)), number(2, ELEMENT_TYPES[type]), text(8, name), ...content];
}

function valueParts(type: TensorType, values: TinyConstant['values']): Buffer[] {
  if (type === 'string') return values.map((value) => text(6, String(value)));
  return [nested(9, [Buffer.from(littleEndian(type, values))])];
}

/** Values as bytes, as `TensorValue` and ONNX have them. Strings get their length before them, in four bytes. */
export function littleEndian(type: TensorType, values: TinyConstant['values']): Uint8Array {
  if (endianness() !== 'LE') throw new Error('test models are written on little-endian machines only');
  if (type === 'string') {
    const texts = values.map((value) => Buffer.from(String(value)));
    return Buffer.concat(texts.flatMap((content) => [Buffer.from(Uint32Array.of(content.length).buffer), content]));
  }
  const array =
    type === 'int64'
      ? BigInt64Array.from(values, BigInt)
      : type === 'uint64'
        ? BigUint64Array.from(values, BigInt)
        : ARRAYS[type].from(values.map(Number));
  return new Uint8Array(array.buffer);
}

const ARRAYS = {
  bool: Uint8Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

function valueInfo({ name, type, shape, sequence = false }: TinyTensor): Buffer[] {
  const dims = shape.map((size) => nested(1, [typeof size === 'number' ? number(1, size) : text(2, size)]));
  const tensorType = [number(1, ELEMENT_TYPES[type]), nested(2, dims)];
  const tensor = nested(1, tensorType);
  return [text(1, name), nested(2, [sequence ? nested(4, [nested(1, [tensor])]) : tensor])];
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(BigInt(field * 8)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function text(field: number, value: string): Buffer {
  return nested(field, [Buffer.from(value)]);
}

function nested(field: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint(BigInt(field * 8 + 2)), varint(BigInt(content.length)), content]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) + 128);
  }
}
