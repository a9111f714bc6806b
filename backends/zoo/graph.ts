/**
 * A network as data: operators of ONNX (opset 13) in an order in which each comes after its inputs, and the constants
 * they use. Shapes are those of one input: the batch, in the first place of every activation, is left out and free.
 */
import type { TensorType } from '../../core/index.ts';
import type { NumberArray } from '../tensors/index.ts';

/** What flows between operators. */
export interface Activation {
  readonly name: string;
  /** Extents without the batch: channels, height and width, or a vector's length. */
  readonly shape: readonly number[];
}

/** A number is an integer attribute, a list integers. */
export type Attribute = number | readonly number[] | { readonly float: number };

export interface GraphNode {
  readonly operator: string;
  /** Names of activations and of constants. */
  readonly inputs: readonly string[];
  readonly output: Activation;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A weight, or another tensor that is the same for every input. */
export interface Constant {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
  /** Made when asked for, anew each time: large networks need not be in memory whole. float16 is its bits. */
  readonly values: () => NumberArray;
}

export interface Graph {
  readonly name: string;
  readonly input: Activation;
  readonly outputs: readonly Activation[];
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly Constant[];
}
