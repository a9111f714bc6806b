/** The listeners of a service: where it is reached, by which protocol, and how much a client may ask of it. */
import { seconds } from '../../../../core/index.ts';
import { choice, count, duration, flag, percent, section, text } from '../../schema/quantities.ts';
import { mapOf, port, size, switched } from './blocks.ts';

const LOOPBACK = '127.0.0.1';

const host = text('The address to listen at; loopback unless said otherwise, 0.0.0.0 for all.').prefault(LOOPBACK);

const tlsSchema = section(
  {
    certificate: text('The certificate chain, a PEM file relative to this one.'),
    key: text('Its private key, a PEM file relative to this one.'),
  },
  { what: 'a map such as { certificate: cert.pem, key: key.pem }', doc: 'TLS for all listeners; none by default.' },
);

const httpSchema = section(
  {
    host,
    port: port('The port; 0 lets the system choose.').prefault(8000),
    body_max: size('The largest body of a request.').prefault('64 MB'),
    inflated_max: size('The largest body once inflated.').prefault('256 MB'),
    bodies_max: size('All bodies that are held at once, received and inflated; beyond it requests get 503.').prefault(
      '1 GB',
    ),
    body_chunks: count('Chunks of a chunked body at most.', { minimum: 1 }).prefault(65_536),
    head_max: size('The largest head of a request.').prefault('16 KB'),
    head_timeout: duration('How long the head of a request may take to arrive.').prefault('10 s'),
    request_timeout: duration('How long a whole request may take to arrive.').prefault('60 s'),
    send_timeout: duration('How long a client may take to take its answer.').prefault('60 s'),
    keep_alive: duration('How long an idle connection is kept.').prefault('75 s'),
    connections: count('Connections at once.', { minimum: 1 }).prefault(20_000),
    requests_per_connection: count('Requests after which a connection is closed; 0 for any number.', {
      minimum: 0,
    }).prefault(0),
    pipelined: count('Requests of one connection that are open at once.', { minimum: 1 }).prefault(64),
    compress_from: size('Answers from this size are compressed for clients that accept it.').prefault('1 KB'),
    server_name: text('The name the service gives itself in the Open Inference Protocol.').prefault('rehearse'),
    non_finite: choice('How JSON answers write NaN and infinities, for which JSON has no words.', [
      'refuse',
      'null',
      'bare',
    ]).prefault('refuse'),
  },
  { what: 'a map such as { port: 8000 }', doc: 'The main listener: the Open Inference Protocol, management, paths.' },
).prefault({});

/** What a gRPC listener is set to where the config says nothing of it. */
export const grpcSchema = switched(
  {
    host,
    port: port('The port; 0 lets the system choose.').prefault(8001),
    message_max: size('The largest message in either direction.').prefault('64 MB'),
    // Decoded it takes up to a hundred times its room: 16 MB took 2 GB.
    plain_max: size('The largest part of a message outside of raw tensors.').prefault('4 MB'),
    fields_max: count('Inputs, outputs, parameters and raw tensors of a message at most.', { minimum: 1 }).prefault(
      10_000,
    ),
    connections: count('Connections at once.', { minimum: 1 }).prefault(1000),
    streams_per_connection: count('Calls that are open at once on one connection.', { minimum: 1 }).prefault(1000),
    stream_requests: count('Queries of one stream that are executed at once.', { minimum: 1 }).prefault(64),
    request_timeout: duration('How long a request may take to arrive.').prefault('60 s'),
    keep_alive: duration('A connection without a sign of life is pinged after this long.').prefault('60 s'),
    keep_alive_timeout: duration('How long a ping may take.').prefault('20 s'),
    idle: duration('A connection without calls is closed after this long.').prefault('10 min'),
    unsigned_streams: flag(
      'Let callers with keys open streams, whose messages their signature does not cover.',
    ).prefault(false),
  },
  { what: 'a map such as { port: 8001 }', doc: 'The Open Inference Protocol over gRPC.' },
).prefault('on');

const torchserveSchema = switched(
  {
    host,
    inference_port: port('Port of the inference API.').prefault(8080),
    management_port: port('Port of the management API.').prefault(8081),
    metrics_port: port('Port of the metrics API.').prefault(8082),
    grpc_inference_port: port('Port of its inference service over gRPC; none by default.').optional(),
    grpc_management_port: port('Port of its management service over gRPC; none by default.').optional(),
    start_on_request: flag("Start a model's first worker when a request finds none; 503 otherwise.").prefault(false),
    model_api: flag('Let models be registered and unregistered here.').prefault(true),
    open_inference: flag('Answer the server calls of the Open Inference Protocol as well.').prefault(true),
    token_authorization: flag("Ask for TorchServe's tokens, which are written into the state folder.").prefault(false),
    token_expiry: duration('How long a token is good for.', { smallest: seconds(1) }).prefault('60 min'),
    default_workers: count('Workers of a model that is registered without saying how many.', { minimum: 0 }).prefault(
      0,
    ),
    max_workers: count('Workers of a model at most.', { minimum: 1 }).prefault(16),
    response_timeout: duration('How long an answer may take.').prefault('120 s'),
    startup_timeout: duration('How long synchronous calls wait for workers.').prefault('120 s'),
    job_queue: count('Requests of a model that wait beyond those its workers execute.', { minimum: 1 }).prefault(100),
    top: count('Classes that a classifier names.', { minimum: 1, maximum: 1000 }).prefault(5),
  },
  { what: 'a map such as { inference_port: 8080 }', doc: "TorchServe's API on ports of its own." },
).prefault('off');

const pathSchema = section(
  {
    model: text('A variant, an architecture or a use case.'),
    field: text('The field of a multipart form that holds the images.').prefault('content'),
    answer: choice('What is answered: labels with their probabilities as JSON, or the best label as plain text.', [
      'json',
      'label',
    ]).prefault('json'),
    top: count('Labels in a JSON answer.', { minimum: 1, maximum: 1000 }).prefault(5),
    latency: duration('The latency objective of its queries; none by default.').optional(),
    accuracy: percent('The least accuracy of its queries.').prefault(0),
    application: text("Whose queries these are; the sender's by default.").optional(),
    unsigned_body: flag('Take bodies that the signature does not cover, as some multipart clients send them.').prefault(
      false,
    ),
  },
  { what: 'a map such as { model: classification-fashion-mnist }', doc: 'A service at a path of its own.' },
);

const payloadsSchema = section(
  {
    parts: count('Parts of a multipart form at most.', { minimum: 1 }).prefault(128),
    part_max: size('The largest part of a form.').prefault('32 MB'),
    image_pixels: count('Pixels of an image at most, width times height.', { minimum: 1 }).prefault(50_000_000),
    image_time: duration('How long the decoding of an image may take.', { smallest: seconds(1) }).prefault('10 s'),
  },
  { what: 'a map such as { image_pixels: 1000000 }', doc: 'Bounds of images and forms.' },
).prefault({});

export const listenerShape = {
  http: httpSchema,
  grpc: grpcSchema,
  torchserve: torchserveSchema,
  tls: tlsSchema.optional(),
  paths: mapOf(pathSchema, {
    what: 'paths such as { /flowers: { model: classification-flowers } }',
    doc: 'Services at paths of their own, by path; none by default.',
  }).prefault({}),
  payloads: payloadsSchema,
};
