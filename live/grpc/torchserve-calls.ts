/**
 * What TorchServe's gRPC services need of the rest of the server: the calls of its HTTP APIs, without HTTP. Types only;
 * whoever speaks TorchServe over HTTP implements it, so that both say the same.
 */
import type { RequestDetail } from '../http/index.ts';

/** An answer as the HTTP API gives it. */
export interface TorchServeAnswer {
  /** Of HTTP: 200 to 599. */
  readonly status: number;
  /** The JSON text; of a failure `{"code", "type", "message"}`. */
  readonly text: string;
}

/** A prediction: the body that the HTTP API answers with, whatever it holds. */
export interface TorchServePrediction {
  readonly status: number;
  readonly body: Uint8Array;
}

export interface TorchServePredictionQuery {
  /** Owner of the key that asks. */
  readonly application: string;
  readonly model: string;
  /** Undefined for the default version. */
  readonly version: string | undefined;
  /** Input by name, as form fields: `data` or `body` for a single one. */
  readonly input: ReadonlyMap<string, Uint8Array>;
  /** The client gives up after this long; undefined when it waits. */
  readonly timeoutNs: number | undefined;
  /** Fires when the client has left. */
  readonly signal: AbortSignal;
  /** For logs and metrics; filled in by who answers. */
  readonly detail: RequestDetail;
}

/** Parameters of a call, in the spelling of the query string; what was not given is left out. */
export type TorchServeParameters = Readonly<Record<string, string>>;

/** Calls answer failures by their status; they never reject. */
export interface TorchServeCalls {
  /** `GET /ping`. */
  ping(): Promise<TorchServeAnswer>;
  /** `POST /predictions/{model}[/{version}]`. */
  predict(query: TorchServePredictionQuery): Promise<TorchServePrediction>;
  /** `GET /models/{model}[/{version}]?customized`. */
  describeModel(
    model: string,
    version: string | undefined,
    parameters: TorchServeParameters,
  ): Promise<TorchServeAnswer>;
  /** `GET /models?limit&next_page_token`. */
  listModels(parameters: TorchServeParameters): Promise<TorchServeAnswer>;
  /** `POST /models?url&...`. */
  registerModel(parameters: TorchServeParameters): Promise<TorchServeAnswer>;
  /** `PUT /models/{model}[/{version}]?min_worker&...`. */
  scaleWorkers(model: string, version: string | undefined, parameters: TorchServeParameters): Promise<TorchServeAnswer>;
  /** `PUT /models/{model}/{version}/set-default`. */
  setDefault(model: string, version: string): Promise<TorchServeAnswer>;
  /** `DELETE /models/{model}[/{version}]`. */
  unregisterModel(model: string, version: string | undefined): Promise<TorchServeAnswer>;
}
