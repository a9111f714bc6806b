/** One connection of gRPC that sends a ready-made inference request, one at a time. */
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from '../../../live/grpc/index.ts';

const SERVICE = 'inference.GRPCInferenceService';

export class GrpcConnection {
  private readonly client: Client;
  private readonly path: string;
  private readonly serialise: (message: object) => Buffer;

  /** @param address host and port. */
  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure(), { 'grpc.max_receive_message_length': -1 });
    const service = loadSync(protoPath(SERVICE), { keepCase: true })[SERVICE];
    if ('format' in service) throw new Error(`${SERVICE} is no service`);
    const { path, requestSerialize } = service['ModelInfer'];
    this.path = path;
    this.serialise = requestSerialize;
  }

  /** @param request as of `ModelInferRequest`. */
  exchange(request: object): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
      this.client.makeUnaryRequest(this.path, this.serialise, (bytes) => bytes, request, done);
    });
  }

  close(): void {
    this.client.close();
  }
}
