/**
 * What a reader of files knows of a model: all that the files say, and nothing that only the engine can tell. Types, and
 * what is assumed of a model whose files say nothing. `complete-draft` makes a variant of it.
 */
import type { PolicyChoice, Profile, TensorSpec, UseCase } from '../../core/index.ts';
import type { Origin } from '../../backends/index.ts';
import { unstatedArchitecture, unstatedUseCase } from '../service/index.ts';
import type { WorkerBounds } from '../service/index.ts';

export interface DraftFile {
  /** Absolute path of the ONNX file. */
  readonly path: string;
  /** What its digest must be; computed when left out. */
  readonly sha256?: string | undefined;
}

export interface ModelDraft {
  /** The client's name and version, checked by `names`. */
  readonly name: string;
  readonly version: string;
  readonly useCase: UseCase;
  readonly architecture: string;
  readonly framework: string;
  readonly hardware: string;
  readonly precision: string;
  /**
   * Largest batch in inputs. Left out: what the model and the service's default allow. 'none': the files say that the
   * model does not batch, whatever its first dimension is.
   */
  readonly maxBatch?: number | 'none' | undefined;
  /** Inputs that are to be batched, where the files say it and no largest batch: that is at least as many. */
  readonly batchSize?: number | undefined;
  readonly accuracyPercent: number;
  readonly cores: number;
  readonly accelerators: number;
  /** The profile's peak when left out. */
  readonly memoryBytes?: number | undefined;
  /** Measured at registration when left out. */
  readonly profile?: Profile | undefined;
  /** Checked against the model's when given. */
  readonly inputs?: readonly TensorSpec[] | undefined;
  readonly outputs?: readonly TensorSpec[] | undefined;
  /** Left out where the variant is a table only. */
  readonly file?: DraftFile | undefined;
  readonly handler?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly batching?: PolicyChoice | undefined;
  readonly workers?: WorkerBounds | undefined;
  readonly origin: Origin;
  /** What the user should know of how the files were read: what was ignored, assumed, made up. */
  readonly notes: readonly string[];
}

/**
 * What is assumed of a model whose files name neither use case nor architecture: ones of its own, which no other model
 * shares and no objective reaches, since its accuracy is not known either.
 */
export function unstated(
  name: string,
): Pick<ModelDraft, 'useCase' | 'architecture' | 'framework' | 'hardware' | 'precision' | 'accuracyPercent'> {
  return {
    useCase: unstatedUseCase(name),
    architecture: unstatedArchitecture(name),
    framework: 'onnxruntime',
    hardware: 'cpu',
    precision: 'unstated',
    accuracyPercent: 0,
  };
}
