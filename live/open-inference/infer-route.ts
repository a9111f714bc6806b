/** The call that everything else is for: tensors in, one query to the service, tensors out. */
import type { HttpExchange, HttpRoute } from '../http/index.ts';
import type { ServiceAnswer, ServicePort } from '../service/index.ts';
import { checkTensors, inputsOf } from './check-tensors.ts';
import { findModel } from './find-model.ts';
import { inferAnswer } from './infer-answer.ts';
import { HEADER_LENGTH, readInferRequest } from './infer-request.ts';
import { readObjectives } from './parameters.ts';
import { requestedOutputs } from './requested-outputs.ts';
import { statusOf } from './status-of.ts';
import type { NonFinite } from './tensor-json.ts';

export function inferRoute(paths: readonly string[], service: ServicePort, nonFinite: NonFinite): HttpRoute[] {
  const handle: HttpRoute['handle'] = async (exchange) => {
    const { body, params, headers, caller, detail } = exchange;
    const entry = findModel(service.directory, params['name'], params['version']);
    detail.model = entry.name;
    // Node gives repeated headers of this name as one text with commas, which is no number.
    const headerLength = headers[HEADER_LENGTH] as string | undefined;
    const request = readInferRequest(body, headerLength, entry, nonFinite === 'bare');
    if (request.id !== undefined) detail.clientId = request.id;
    const objectives = readObjectives(request.parameters);
    const outputs = requestedOutputs(entry, request.outputs, request.isBinary);
    const tensors = checkTensors(entry, request.inputs);
    detail.inputs = inputsOf(entry, tensors);
    const { application } = caller;
    const answer = await service.infer({ application, model: entry, tensors, ...objectives, signal: exchange.signal });
    tell(exchange, answer);
    if (!answer.ok) throw statusOf(answer);
    return inferAnswer({ entry, id: request.id, outputs, answer, nonFinite });
  };
  return paths.map((path) => ({ methods: ['POST'], path, scope: 'infer', isQuery: true, handle }));
}

function tell({ detail }: HttpExchange, answer: ServiceAnswer): void {
  detail.outcome = answer.outcome;
  if (!answer.ok) {
    detail.reason = answer.reason;
    return;
  }
  const { variant, version, worker, batchInputs, timings } = answer;
  Object.assign(detail, { variant, version, worker, batchInputs, timings });
}
