/** From a service's config to what a running server is made of: the settings in the words of each part. */
import { join, relative } from 'node:path';
import { NEVER, toMilliseconds } from '../../core/index.ts';
import type { HandlerChoice } from '../../backends/index.ts';
import type { ServiceConfig, ServiceSettings } from '../../experiments/index.ts';
import { rehearseVersion } from '../../experiments/index.ts';
import type { ServerOptions } from '../../live/lifecycle/index.ts';
import { listenerOptions } from './listener-options.ts';

/** @throws ServingError CONFIG_TLS when a certificate or key cannot be read. */
export function serverOptions(config: ServiceConfig, state: string): ServerOptions {
  const { settings, limits } = config;
  const { paths, payloads, machines } = settings;
  const drainTimeoutMs = Math.min(toMilliseconds(limits.drainNs), LONGEST_MS);
  const multipart = { partsMax: payloads.parts, partMaxBytes: payloads.part_max };
  return {
    version: rehearseVersion(),
    config: shownPath(config.file),
    policySet: config.policySet,
    state,
    blueprint: blueprintOf(config),
    ...(machines.provisioner === 'command' && {
      machines: { ...machines, timeoutNs: machines.timeout, folder: config.folder },
    }),
    handlers: handlersOf(settings),
    ...listenerOptions(settings, drainTimeoutMs),
    models: modelsOf(config),
    offline: offlineOf(settings),
    openInference: { serverName: settings.http.server_name, nonFinite: settings.http.non_finite },
    paths: Object.entries(paths).map(([path, { latency, accuracy, unsigned_body: unsignedPayload, ...rest }]) => ({
      ...rest,
      path,
      latencyNs: latency ?? NEVER,
      accuracyPercent: accuracy,
      unsignedPayload,
      limits: multipart,
    })),
    auth: authOf(settings),
    telemetry: telemetryOf(settings, state),
    dashboard: settings.dashboard && {
      pagesMost: settings.dashboard.pages,
      historyS: Math.round(toMilliseconds(settings.dashboard.history) / 1000),
    },
    drainTimeoutMs,
  };
}

/** The longest that a timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

function blueprintOf(config: ServiceConfig): ServerOptions['blueprint'] {
  const { settings, limits, machines, coreOvercommit } = config;
  const { engines } = settings;
  const { holdMax, workersMax, machinesMax, timeoutNs, openMax } = limits;
  const boot = settings.machines.provisioner === 'local' ? settings.machines.boot : 'none';
  return {
    variants: config.variants.map(({ definition, batching, workers }) => ({
      name: definition.name,
      definition,
      isDefault: true,
      source: 'config',
      batching,
      workers,
    })),
    machineTypes: config.machineTypes,
    sampling: config.sampling,
    extrapolate: config.extrapolate,
    policies: config.policies,
    machines: machines.map(({ type, count, max }) => ({ type, initial: count, max })),
    workers: config.workers,
    limits: { holdMax, workersMax, machinesMax, timeoutNs, coreOvercommit },
    openMax,
    monitorPeriodNs: config.monitorPeriodNs,
    startOnRequest: config.startOnRequest,
    seed: config.seed,
    bootNs: boot === 'none' ? 0 : boot,
    engines: {
      loadTimeoutNs: engines.load_timeout,
      batchTimeoutNs: engines.batch_timeout,
      memoryMaxBytes: engines.memory_max ?? Infinity,
      threads: engines.threads,
      emulate: engines.emulate,
    },
    solver: config.solver,
  };
}

function modelsOf({ settings: { models, engines }, machineTypes }: ServiceConfig): ServerOptions['models'] {
  const accelerators = machineTypes.flatMap(({ accelerator }) =>
    accelerator === undefined ? [] : [accelerator.hardware],
  );
  return {
    sources: {
      store: models.store,
      allowedUrls: models.allowed_urls,
      maxBytes: models.file_max,
      timeoutMs: toMilliseconds(models.download_timeout),
      allowPrivate: models.private_urls,
    },
    archives: {
      maxArchiveBytes: models.file_max,
      maxEntries: models.entries,
      maxTotalBytes: models.unpacked_max,
      maxEntryBytes: models.file_max,
      maxRatio: models.ratio_max,
    },
    checks: {
      maxFileBytes: models.file_max,
      loadTimeoutNs: engines.load_timeout,
      memoryMaxBytes: engines.memory_max ?? Infinity,
      profileTimeNs: models.profile_time,
      profileRuns: models.profile_runs,
      defaultMaxBatch: models.default_max_batch,
    },
    defaultHandler: models.default_handler,
    gpu: accelerators.find((hardware) => !hardware.startsWith('inferentia')),
    repository: models.repository,
    load: models.load,
    loadArchives: models.load_archives,
    folders: models.allowed_folders,
  };
}

function offlineOf({ offline }: ServiceSettings): ServerOptions['offline'] {
  const { throttle } = offline;
  const never = { utilisation: Infinity, flagged: false };
  return {
    roots: offline.folders,
    framework: offline.framework ?? '',
    throttle: throttle === 'none' ? never : { utilisation: throttle.utilisation / 100, flagged: throttle.flagged },
    batch: offline.batch,
    attemptsMax: offline.attempts,
    jobsMax: offline.jobs_max,
    filesMax: offline.files_max,
    fileMaxBytes: offline.file_max,
    fileTimeoutMs: toMilliseconds(offline.file_timeout),
    finishMs: toMilliseconds(offline.finish),
    endedKept: offline.ended_kept,
  };
}

function authOf({ auth, applications }: ServiceSettings): ServerOptions['auth'] {
  const { default: everybody, ...named } = applications;
  return {
    mode: auth.mode,
    windowMs: toMilliseconds(auth.window),
    hosts: auth.hosts,
    plainHttp: auth.plain_http,
    publicManagement: auth.public_management,
    openScopes: auth.open_metrics ? ['metrics'] : [],
    noncesPerKeyMax: auth.nonces,
    limits: { default: everybody, applications: named },
  };
}

function telemetryOf({ metrics, telemetry, logs }: ServiceSettings, state: string): ServerOptions['telemetry'] {
  return {
    peers: metrics.peers,
    applicationsMost: metrics.applications,
    logs: { level: logs.level, destination: logs.file ?? join(state, 'service.log'), requests: logs.requests },
    otlp: {
      endpoint: telemetry.endpoint ?? '',
      sampleRatio: telemetry.sample,
      metricsPeriodMs: toMilliseconds(telemetry.period),
    },
  };
}

function handlersOf({ handlers, payloads }: ServiceSettings): ServerOptions['handlers'] {
  const limits = {
    maxPixels: payloads.image_pixels,
    maxSeconds: Math.ceil(toMilliseconds(payloads.image_time) / 1000),
  };
  const own = Object.entries(handlers).map(([name, handler]): HandlerChoice => {
    if ('file' in handler) return { kind: 'file', name, path: handler.file };
    const { mean, deviation, fit } = handler;
    return { kind: 'image-classifier', name, normalisation: { range: 255, mean, deviation }, fit };
  });
  return { limits, own };
}

function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
