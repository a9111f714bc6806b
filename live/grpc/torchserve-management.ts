/**
 * TorchServe's management service over the calls of its HTTP API. Here are only the differences between the two:
 * a field that is 0, false or empty counts as not given, workers are awaited only when that is asked for, a plain
 * status comes without its JSON, and a failure is a gRPC code with the sentence of the HTTP answer.
 */
import { status } from '@grpc/grpc-js';
import { CallFailure, codeOfHttp } from './call-failure.ts';
import { loadService } from './definitions.ts';
import type { GrpcService, UnaryMethod } from './method.ts';
import type {
  DescribeModelRequest,
  ListModelsRequest,
  ModelVersionRequest,
  RegisterModelRequest,
  ScaleWorkerRequest,
} from './torchserve-messages.ts';
import type { TorchServeAnswer, TorchServeCalls, TorchServeParameters } from './torchserve-calls.ts';

/** Declares `ManagementAPIsService`: for a port of its own, since everything on it manages. */
export function torchServeManagementService(calls: TorchServeCalls): GrpcService {
  // Each request is decoded by this service's own codec: the types are those of torchserve-management.proto.
  return {
    codec: loadService('org.pytorch.serve.grpc.management.ManagementAPIsService'),
    methods: {
      DescribeModel: managing((request) => {
        const { model_name, model_version, customized } = request as DescribeModelRequest;
        return calls.describeModel(named(model_name), orUndefined(model_version), { ...given({ customized }) });
      }),
      ListModels: managing((request) => calls.listModels(given({ ...(request as ListModelsRequest) }))),
      RegisterModel: managing((request) => {
        const { synchronous, ...rest } = request as RegisterModelRequest;
        return calls.registerModel({ ...given({ ...rest }), synchronous: String(synchronous) });
      }),
      ScaleWorker: managing((request) => {
        const { model_name, model_version, synchronous, ...rest } = request as ScaleWorkerRequest;
        const parameters = { ...given({ ...rest }), synchronous: String(synchronous) };
        return calls.scaleWorkers(named(model_name), orUndefined(model_version), parameters);
      }),
      SetDefault: managing((request) => {
        const { model_name, model_version } = request as ModelVersionRequest;
        return calls.setDefault(named(model_name), model_version);
      }),
      UnregisterModel: managing((request) => {
        const { model_name, model_version } = request as ModelVersionRequest;
        return calls.unregisterModel(named(model_name), orUndefined(model_version));
      }),
    },
  };
}

/** The sentence and code of a failed HTTP answer. */
export function torchServeFailure(httpStatus: number, text: string): CallFailure {
  // TorchServe counts a conflict among the bad arguments.
  const code = httpStatus === 409 ? status.INVALID_ARGUMENT : codeOfHttp(httpStatus);
  const message = textField(text, 'message');
  return new CallFailure(code, message ?? 'the call failed');
}

function managing(call: (request: object) => Promise<TorchServeAnswer>): UnaryMethod {
  return {
    kind: 'unary',
    scope: 'manage',
    rawField: 0,
    async run(request) {
      const { status: httpStatus, text } = await call(request);
      if (httpStatus >= 400) throw torchServeFailure(httpStatus, text);
      return { msg: textField(text, 'status') ?? text.trimEnd() };
    },
  };
}

/** A field of a JSON text that holds a string, or undefined. */
function textField(text: string, field: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // No JSON: then there is no such field.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const value: unknown = Object.entries(parsed).find(([name]) => name === field)?.[1];
  return typeof value === 'string' ? value : undefined;
}

/** Fields that were given, as text. */
function given(fields: Readonly<Record<string, string | number | boolean>>): TorchServeParameters {
  const entries = Object.entries(fields).filter(([, value]) => value !== '' && value !== 0 && value !== false);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** A model's name. @throws CallFailure INVALID_ARGUMENT when there is none. */
export function named(model: string): string {
  if (model === '') throw new CallFailure(status.INVALID_ARGUMENT, 'Parameter model_name is required.');
  return model;
}

/** An empty version is none. */
export function orUndefined(version: string): string | undefined {
  return version === '' ? undefined : version;
}
