/**
 * TorchServe's inference service over gRPC. A model answers a prediction once, so that a streamed prediction has one
 * part; in a stream of predictions answers keep the order of the requests and tell their errors themselves.
 */
import { status } from '@grpc/grpc-js';
import { CallFailure } from './call-failure.ts';
import { loadService } from './definitions.ts';
import { queryTimeoutNs } from './query-timeout.ts';
import type { CallContext, GrpcService } from './method.ts';
import type { TorchServeCalls } from './torchserve-calls.ts';
import type { PredictionsRequest } from './torchserve-messages.ts';
import { named, orUndefined, torchServeFailure } from './torchserve-management.ts';

/** Declares `InferenceAPIsService`. */
export function torchServeInferenceService(calls: TorchServeCalls): GrpcService {
  // Requests of all three calls are decoded as PredictionsRequest, whose inputs are field 3.
  const access = { scope: 'infer', rawField: 3, isQuery: true } as const;
  const predict = (request: object, context: CallContext): Promise<object> =>
    prediction(calls, request as PredictionsRequest, context);
  return {
    codec: loadService('org.pytorch.serve.grpc.inference.InferenceAPIsService'),
    methods: {
      Ping: {
        kind: 'unary',
        scope: 'open',
        rawField: 0,
        async run() {
          const { text } = await calls.ping();
          return { health: text.trimEnd() };
        },
      },
      Predictions: { kind: 'unary', ...access, run: predict },
      StreamPredictions: {
        kind: 'server-stream',
        ...access,
        run: async (request, context, send) => send(await predict(request, context)),
      },
      StreamPredictions2: {
        kind: 'exchange',
        ...access,
        ordered: true,
        async run(request, context) {
          const { sequenceId = '' } = request as PredictionsRequest;
          if (sequenceId.trim() === '') {
            throw new CallFailure(status.INVALID_ARGUMENT, 'Parameter sequenceId is required.');
          }
          return { ...(await predict(request, context)), sequenceId };
        },
        refuse({ code, message }, request) {
          const { sequenceId } = (request ?? {}) as Partial<PredictionsRequest>;
          return { status: { code, message }, ...(sequenceId === undefined ? {} : { sequenceId }) };
        },
      },
    },
  };
}

async function prediction(
  calls: TorchServeCalls,
  { model_name, model_version, input }: PredictionsRequest,
  { caller, deadlineMs, signal, detail }: CallContext,
): Promise<object> {
  const { status: httpStatus, body } = await calls.predict({
    application: caller.application,
    model: named(model_name),
    version: orUndefined(model_version),
    input: new Map(Object.entries(input)),
    timeoutNs: queryTimeoutNs(undefined, deadlineMs),
    signal,
    detail,
  });
  if (httpStatus >= 400) throw torchServeFailure(httpStatus, Buffer.from(body).toString());
  return { prediction: body };
}
