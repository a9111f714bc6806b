/**
 * The gRPC services as the library wants them: read from the .proto files that lie beside this one. Messages keep the
 * field names of the files; 64-bit integers arrive as `Long64`, enumerations by name, bytes as views of what was
 * received.
 */
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import type { PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { invariant } from '../../core/index.ts';

/** One call: how its messages become bytes and back. */
export interface MethodCodec {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** @throws Error when the bytes are no such message. */
  readonly decodeRequest: (bytes: Buffer) => object;
  readonly encodeAnswer: (answer: object) => Buffer;
}

/** A service's calls by name. */
export type ServiceCodec = ReadonlyMap<string, MethodCodec>;

/** The files' services, by full name. */
export type ServiceName =
  | 'inference.GRPCInferenceService'
  | 'grpc.health.v1.Health'
  | 'org.pytorch.serve.grpc.inference.InferenceAPIsService'
  | 'org.pytorch.serve.grpc.management.ManagementAPIsService';

const FILES: Readonly<Record<ServiceName, string>> = {
  'inference.GRPCInferenceService': 'inference.proto',
  'grpc.health.v1.Health': 'health.proto',
  'org.pytorch.serve.grpc.inference.InferenceAPIsService': 'torchserve-inference.proto',
  'org.pytorch.serve.grpc.management.ManagementAPIsService': 'torchserve-management.proto',
};

/** Where a service's .proto file lies, for clients that read it themselves. */
export function protoPath(name: ServiceName): string {
  return fileURLToPath(new URL(`protos/${FILES[name]}`, import.meta.url));
}

/** Reads a service. */
export function loadService(name: ServiceName): ServiceCodec {
  const definition = serviceIn(loadSync(protoPath(name), { keepCase: true, enums: String, defaults: true }), name);
  return new Map(
    Object.entries(definition).map(([method, { path, requestStream, responseStream, ...codec }]) => [
      method,
      {
        path,
        requestStream,
        responseStream,
        decodeRequest: codec.requestDeserialize,
        encodeAnswer: codec.responseSerialize,
      },
    ]),
  );
}

function serviceIn(definitions: PackageDefinition, name: ServiceName): ServiceDefinition {
  const definition = definitions[name];
  invariant(definition !== undefined && !('format' in definition), `${FILES[name]} declares no service ${name}`);
  // What has no format is neither a message nor an enumeration.
  return definition;
}
