/** What the registry keeps of a model that was registered while the service ran. Types only. */
import type { VariantDefinition } from '../../backends/index.ts';
import type { WorkerBounds } from '../service/index.ts';

/** In which form a model came. */
export type SourceKind = 'infaas-config' | 'profile' | 'mar' | 'onnx' | 'triton-repository';

/** A batching policy by name, with the options that were given; the rest are the policy's defaults. */
export interface BatchingRecord {
  readonly policy: string;
  readonly options: Readonly<Record<string, number | boolean | string>>;
}

/** What whoever registers a model hands over. */
export interface NewModel {
  /** The name that clients use, shared by all versions. */
  readonly name: string;
  /**
   * What is profiled, loaded and run. Its version is the record's; its name is given by the registry: `name` for the
   * first version there is, `name@version` for the others. The artifact, if any, is one that the registry's own
   * `stage` returned.
   */
  readonly definition: VariantDefinition;
  /** Makes it the default version; the first version of a name is that anyway. */
  readonly isDefault: boolean;
  /** Whether it is to be served; a service loads these when it starts. */
  readonly loaded: boolean;
  readonly source: {
    readonly kind: SourceKind;
    /** Original file name or URL, as the client wrote it: for people, never opened again. */
    readonly from: string;
  };
  /** The service's own batching when left out. */
  readonly batching?: BatchingRecord | undefined;
  /** Bounds of its workers; the autoscaler's when left out. */
  readonly bounds?: WorkerBounds | undefined;
  /** What a protocol gives back about a model and nothing else depends on, such as TorchServe's response timeout. */
  readonly properties?: Readonly<Record<string, string | number | boolean>> | undefined;
}

export interface ModelRecord extends NewModel {
  readonly version: string;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
  /** Milliseconds since 1970. */
  readonly registeredMs: number;
}
