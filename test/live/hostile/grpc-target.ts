/** Stock gRPC clients for the listeners of a server in another process. */
import type { ServiceName } from '../../../live/grpc/index.ts';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { TestClient } from '../grpc/grpc-fixture.ts';

export { errorOf } from '../grpc/grpc-fixture.ts';

/** A client that is closed after the test. @param protocol of the listener: `grpc`, `torchserve-grpc-inference`. */
export function grpcClient(server: ServerProcess, protocol: string, service: ServiceName): TestClient {
  return new TestClient(service, { host: '127.0.0.1', port: server.portOf(protocol) });
}
