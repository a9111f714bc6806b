/**
 * The part of ONNX's file format that written models need: messages with the numbers and types of their fields, and the
 * numbers of element and attribute types. From onnx.proto of ONNX 1.10 (github.com/onnx/onnx, onnx/onnx.proto), which
 * numbers its fields for ever. Writes only; reading models is ONNX Runtime's business.
 */
import type { IField, INamespace } from 'protobufjs/light.js';
import type { TensorType } from '../../core/index.ts';

/** A tensor whose values are in the file. */
export interface TensorMessage {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** Little-endian, without padding. */
  readonly rawData: Uint8Array;
}

export interface AttributeMessage {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly ints?: readonly number[];
}

export interface NodeMessage {
  readonly name: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeMessage[];
}

export interface ValueInfoMessage {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[] };
    };
  };
}

export interface ModelMessage {
  readonly irVersion: number;
  readonly producerName: string;
  readonly docString: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly NodeMessage[];
    readonly initializer: readonly TensorMessage[];
    readonly input: readonly ValueInfoMessage[];
    readonly output: readonly ValueInfoMessage[];
  };
}

/** TensorProto.DataType. */
export const ELEMENT_TYPES: Readonly<Record<TensorType, number>> = {
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

/** AttributeProto.AttributeType, as far as the zoo's operators have such attributes. */
export const ATTRIBUTE_TYPES = { float: 1, int: 2, ints: 7 } as const;

/** The IR version that came with opset 13 (ONNX 1.8). */
export const IR_VERSION = 7;

const one = (type: string, id: number): IField => ({ type, id });
const many = (type: string, id: number): IField => ({ rule: 'repeated', type, id });
/** ONNX is proto2, which does not pack lists of numbers. */
const numbers = (id: number): IField => ({ ...many('int64', id), options: { packed: false } });

const SCHEMA: INamespace = {
  nested: {
    Model: {
      fields: {
        irVersion: one('int64', 1),
        producerName: one('string', 2),
        docString: one('string', 6),
        graph: one('Graph', 7),
        opsetImport: many('OperatorSet', 8),
      },
    },
    OperatorSet: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    Graph: {
      fields: {
        node: many('Node', 1),
        name: one('string', 2),
        initializer: many('Tensor', 5),
        input: many('ValueInfo', 11),
        output: many('ValueInfo', 12),
      },
    },
    Node: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        name: one('string', 3),
        opType: one('string', 4),
        attribute: many('Attribute', 5),
      },
    },
    Attribute: {
      fields: {
        name: one('string', 1),
        f: one('float', 2),
        i: one('int64', 3),
        ints: numbers(8),
        type: one('int32', 20),
      },
    },
    Tensor: {
      fields: { dims: numbers(1), dataType: one('int32', 2), name: one('string', 8), rawData: one('bytes', 9) },
    },
    ValueInfo: { fields: { name: one('string', 1), type: one('Type', 2) } },
    Type: { fields: { tensorType: one('TensorOf', 1) } },
    TensorOf: { fields: { elemType: one('int32', 1), shape: one('Shape', 2) } },
    Shape: { fields: { dim: many('Dimension', 1) } },
    Dimension: { fields: { dimValue: one('int64', 1), dimParam: one('string', 2) } },
  },
};

/** The bytes of an ONNX file. The library is loaded here: few commands write models, and all load this folder. */
export async function encodeModel(model: ModelMessage): Promise<Uint8Array> {
  const { default: protobuf } = await import('protobufjs/light.js');
  const message = protobuf.Root.fromJSON(SCHEMA).lookupType('Model');
  return message.encode({ ...model }).finish();
}
