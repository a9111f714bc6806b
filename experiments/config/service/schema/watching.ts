/** Who may come in and who looks on: keys, applications, metrics, telemetry, logs, the dashboard. */
import { z } from 'zod';
import { seconds } from '../../../../core/index.ts';
import { choice, count, duration, flag, number, section, text } from '../../schema/quantities.ts';
import { mapOf, switched } from './blocks.ts';

const PEERS = ['triton', 'torchserve', 'kserve'] as const;

const authSchema = section(
  {
    mode: choice('Whether requests are signed: `auto` asks for it as soon as there is a key, be it a revoked one.', [
      'auto',
      'on',
      'off',
    ]).prefault('auto'),
    window: duration('How far the clock of a client may be off.', { smallest: seconds(1) }).prefault('5 min'),
    hosts: z
      .array(text('A host as clients write it.'), { error: 'a list of hosts' })
      .prefault([])
      .meta({ description: 'The names of this service that signatures may be for; any by default.' }),
    plain_http: flag('Take signed requests without TLS from other hosts.').prefault(false),
    public_management: flag('Take unsigned management calls from other hosts.').prefault(false),
    open_metrics: flag(
      'Give metrics, status and the dashboard without a signature, for scrapers and browsers, which cannot sign.',
    ).prefault(false),
    nonces: count('Nonces of one key that are remembered at once.', { minimum: 1 }).prefault(100_000),
  },
  { what: 'a map such as { mode: on }', doc: 'Signed requests.' },
).prefault({});

const limitShape = {
  rps: number('Queries a second; no limit when left out.', 'a number above 0', { above: 0 }).optional(),
  burst: count("Queries that may come at once after a silence; a second's worth when left out.", {
    minimum: 1,
  }).optional(),
  concurrency: count('Queries that are open at once; no limit when left out.', { minimum: 1 }).optional(),
};

const metricsSchema = section(
  {
    peers: z
      .array(choice('A peer.', PEERS), { error: `a list of ${PEERS.join(', ')}` })
      .prefault([])
      .meta({ description: 'Servers whose families of metrics are shown beside our own.' }),
    applications: count('Applications with series of their own; the others are one.', { minimum: 1 }).prefault(100),
  },
  { what: 'a map such as { peers: [triton] }', doc: 'Metrics for Prometheus at /metrics.' },
).prefault({});

const telemetrySchema = section(
  {
    endpoint: text('The base address of an OTLP collector over HTTP; what the environment says by default.').optional(),
    sample: number('Share of the traces begun here that are sent.', 'a number from 0 to 1', {
      minimum: 0,
      maximum: 1,
    }).prefault(1),
    period: duration('How often metrics are sent.', { smallest: seconds(1) }).prefault('30 s'),
  },
  { what: 'a map such as { endpoint: http://127.0.0.1:4318 }', doc: 'OpenTelemetry; off without an endpoint.' },
).prefault({});

const logsSchema = section(
  {
    level: choice('The least that is told.', ['off', 'error', 'warn', 'info', 'debug']).prefault('info'),
    requests: flag('One line for each request; else only for those that failed.').prefault(true),
    file: text('Where lines go, relative to this file, or stdout or stderr.').optional(),
  },
  { what: 'a map such as { level: info }', doc: 'Structured logs; into the state folder by default.' },
).prefault({});

const dashboardSchema = switched(
  {
    pages: count('Pages that are open at once.', { minimum: 1 }).prefault(20),
    history: duration('How far the charts go back.', { smallest: seconds(60) }).prefault('10 min'),
  },
  { what: 'a map such as { history: 30 min }', doc: 'The dashboard at /dashboard.' },
).prefault('on');

export const watchingShape = {
  auth: authSchema,
  applications: mapOf(
    section(limitShape, {
      what: 'limits such as { rps: 100, concurrency: 20 }',
      doc: 'The limits of one application.',
    }),
    {
      what: 'applications by name, such as { default: { concurrency: 100 } }',
      doc: 'Limits by application, the owner of the signing key; those of `default` hold for all that are not named.',
    },
  ).prefault({}),
  metrics: metricsSchema,
  telemetry: telemetrySchema,
  logs: logsSchema,
  dashboard: dashboardSchema,
};
