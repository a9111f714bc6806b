/** Reads the section `service`, each key by itself, and checks what concerns several of them. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigReader } from '../config-reader.ts';
import { serviceShape, serviceWords } from './schema.ts';
import type { ServiceSettings } from './schema.ts';

const PATH = ['service'];

/** Undefined after a complaint. Paths of files and folders come out absolute. */
export function readSettings(reader: ConfigReader): ServiceSettings | undefined {
  const before = reader.errors.length;
  if (reader.at(PATH) !== undefined && !reader.isMap(PATH, serviceWords.what)) return undefined;
  reader.refuseOthers(Object.keys(serviceShape), PATH);
  const entries = Object.entries(serviceShape).map(([key, schema]) => {
    // Read by name and with policies: see `readVariants`.
    return [key, key === 'variants' ? {} : reader.read(schema, [...PATH, key])] as const;
  });
  if (reader.errors.length > before) return undefined;
  // Each key was read by its own schema, so the entries are what the type says.
  const settings = Object.fromEntries(entries) as ServiceSettings;
  checkPorts(reader, settings);
  checkPaths(reader, settings);
  checkFolders(reader, settings);
  return reader.errors.length > before ? undefined : withAbsolutePaths(settings, reader.folder);
}

const TORCHSERVE_PORTS = [
  'inference_port',
  'management_port',
  'metrics_port',
  'grpc_inference_port',
  'grpc_management_port',
] as const;

/** No two listeners at one port of one address. */
function checkPorts(reader: ConfigReader, { http, grpc, torchserve }: ServiceSettings): void {
  const taken = new Map<string, string>();
  const claim = (host: string, port: number, path: readonly string[]): void => {
    if (port === 0) return;
    const first = taken.get(`${host} ${port}`);
    if (first === undefined) taken.set(`${host} ${port}`, path.join('.'));
    else {
      reader.fail([...PATH, ...path], {
        code: 'CONFIG_PORT',
        message: `is the port of ${first} as well`,
        found: String(port),
        expected: 'a port of its own, or 0 for any that is free',
      });
    }
  };
  claim(http.host, http.port, ['http', 'port']);
  if (grpc !== undefined) claim(grpc.host, grpc.port, ['grpc', 'port']);
  if (torchserve === undefined) return;
  for (const key of TORCHSERVE_PORTS) claim(torchserve.host, torchserve[key] ?? 0, ['torchserve', key]);
}

/** Paths that the service answers itself. */
const OWN_PATHS = ['/v2', '/rehearse', '/metrics', '/dashboard', '/livez', '/readyz'];

function checkPaths(reader: ConfigReader, { paths }: ServiceSettings): void {
  for (const path of Object.keys(paths)) {
    const place = [...PATH, 'paths', path];
    if (!/^(?:\/[A-Za-z0-9._~-]+)+$/.test(path)) {
      reader.fail(place, {
        code: 'CONFIG_VALUE',
        message: 'is no path',
        expected: 'a path such as /flowers, of letters, digits, ".", "_", "~" and "-"',
      });
    } else if (OWN_PATHS.some((own) => path === own || path.startsWith(`${own}/`))) {
      reader.fail(place, {
        code: 'CONFIG_VALUE',
        message: 'is a path of the service itself',
        expected: `a path outside ${OWN_PATHS.join(', ')}`,
      });
    }
  }
}

/** Folders that the start reads: one that is missing would end it half-way. */
function checkFolders(reader: ConfigReader, { models }: ServiceSettings): void {
  for (const key of ['store', 'repository'] as const) {
    const path = models[key];
    if (path === undefined || isFolder(resolve(reader.folder, path))) continue;
    reader.fail([...PATH, 'models', key], {
      code: 'CONFIG_FILE',
      message: 'is no folder that there is',
      found: path,
      expected: "a folder of models; its path starts at this file's folder",
      next: 'make it, name another, or leave it out',
    });
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function withAbsolutePaths(settings: ServiceSettings, folder: string): ServiceSettings {
  const absolute = (path: string): string => resolve(folder, path);
  const { state, tls, models, offline, logs, handlers } = settings;
  const isStream = logs.file === undefined || ['stdout', 'stderr'].includes(logs.file);
  return {
    ...settings,
    ...(state !== undefined && { state: absolute(state) }),
    ...(tls && { tls: { certificate: absolute(tls.certificate), key: absolute(tls.key) } }),
    handlers: Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [
        name,
        'file' in handler ? { file: absolute(handler.file) } : handler,
      ]),
    ),
    models: {
      ...models,
      allowed_folders: models.allowed_folders.map(absolute),
      ...(models.store !== undefined && { store: absolute(models.store) }),
      ...(models.repository !== undefined && { repository: absolute(models.repository) }),
    },
    offline: { ...offline, folders: offline.folders.map(absolute) },
    logs: isStream ? logs : { ...logs, file: absolute(String(logs.file)) },
  };
}
