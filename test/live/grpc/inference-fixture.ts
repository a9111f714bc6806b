/** The inference service over a stand-in, and requests for its models. */
import { randomUUID } from 'node:crypto';
import type { GrpcOptions, GrpcServer } from '../../../live/grpc/index.ts';
import { inferenceService } from '../../../live/grpc/index.ts';
import type { Gate, RequestWatch } from '../../../live/http/index.ts';
import type { ModelRepository } from '../../../live/open-inference/index.ts';
import { Statistics, fixedRepository } from '../../../live/open-inference/index.ts';
import { StandInService } from '../stand-in-service.ts';
import type { Message } from './grpc-fixture.ts';
import { TestClient, start } from './grpc-fixture.ts';

export const INFERENCE = 'inference.GRPCInferenceService';

export interface Bench {
  readonly service: StandInService;
  readonly server: GrpcServer;
  readonly client: TestClient;
}

export interface BenchParts {
  readonly service?: StandInService;
  readonly repository?: ModelRepository;
  readonly gate?: Gate;
  readonly watches?: readonly RequestWatch[];
  readonly options?: Partial<GrpcOptions>;
}

export async function bench(parts: BenchParts = {}): Promise<Bench> {
  const { service = new StandInService(), repository = fixedRepository(service), options, ...rest } = parts;
  const statistics = new Statistics(() => 1_000);
  service.observe(statistics);
  const declared = inferenceService({ service, statistics, repository, serverName: 'bench', serverVersion: '7' });
  const server = await start({ services: [declared], ...rest }, options);
  return { service, server, client: new TestClient(INFERENCE, server) };
}

/** INPUT0 of 0 to 15 and INPUT1 of ones, for `simple`, raw. */
export function simpleRequest(changes: Message = {}): Message {
  return {
    model_name: 'simple',
    inputs: ['INPUT0', 'INPUT1'].map((name) => ({ name, datatype: 'INT32', shape: [1, 16] })),
    raw_input_contents: [int32s((at) => at), int32s(() => 1)],
    ...changes,
  };
}

/** One input with typed contents for a model of the stand-in that hands it on. */
export function identityRequest(model: string, datatype: string, shape: readonly number[], contents: Message): Message {
  return { model_name: model, id: randomUUID(), inputs: [{ name: 'INPUT0', datatype, shape, contents }] };
}

export function int32s(of: (at: number) => number): Buffer {
  return Buffer.from(Int32Array.from({ length: 16 }, (_, at) => of(at)).buffer);
}
