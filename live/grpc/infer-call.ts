/**
 * An inference request over gRPC: message in, one query to the service, message out. What a query is, and what is
 * wrong with a bad one, is shared with HTTP.
 */
import type { ServiceAnswer, ServicePort } from '../service/index.ts';
import {
  answerParameters,
  answerTensor,
  checkTensors,
  datatypeOf,
  findModel,
  inputsOf,
  readObjectives,
  requestedOutputs,
  statusOf,
} from '../open-inference/index.ts';
import { givenTensors } from './given-tensors.ts';
import { readParameters, writeParameters } from './infer-parameters.ts';
import type { ModelInferRequest, ModelInferResponse } from './messages.ts';
import type { CallContext } from './method.ts';
import { queryTimeoutNs } from './query-timeout.ts';

/**
 * Answers a request.
 * @throws HttpRefusal and CallFailure for what is not served.
 */
export async function inferCall(
  service: ServicePort,
  request: ModelInferRequest,
  { caller, deadlineMs, signal, detail }: CallContext,
): Promise<ModelInferResponse> {
  const { model_name: name, model_version: version, id } = request;
  const entry = findModel(service.directory, name, version);
  detail.model = entry.name;
  if (id !== '') detail.clientId = id;
  const objectives = readObjectives(readParameters(request.parameters));
  const wishes = request.outputs.map((output) => ({
    name: output.name,
    parameters: readParameters(output.parameters),
  }));
  const outputs = requestedOutputs(entry, wishes, true);
  const tensors = checkTensors(entry, givenTensors(request));
  detail.inputs = inputsOf(entry, tensors);
  const timeoutNs = queryTimeoutNs(objectives.timeoutNs, deadlineMs);
  const { application } = caller;
  const answer = await service.infer({ application, model: entry, tensors, ...objectives, timeoutNs, signal });
  note(detail, answer);
  if (!answer.ok) throw statusOf(answer);
  const answered = outputs.map((output) => answerTensor(answer, entry, output));
  return {
    model_name: entry.name,
    model_version: entry.version,
    id,
    parameters: writeParameters(Object.entries(answerParameters(answer))),
    outputs: answered.map((tensor) => ({ name: tensor.name, datatype: datatypeOf(tensor.type), shape: tensor.shape })),
    raw_output_contents: answered.map(({ bytes }) => bytes),
  };
}

function note(detail: CallContext['detail'], answer: ServiceAnswer): void {
  detail.outcome = answer.outcome;
  if (!answer.ok) {
    detail.reason = answer.reason;
    return;
  }
  const { variant, version, worker, batchInputs, timings } = answer;
  Object.assign(detail, { variant, version, worker, batchInputs, timings });
}
