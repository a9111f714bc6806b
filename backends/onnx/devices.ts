/**
 * Which hardware ONNX Runtime can use on this machine. Loads the native library into the calling process, so the
 * service itself does not ask; a config's validation does.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';

/**
 * Names of the execution providers whose libraries are present, `cpu` first. A library is no device: `cuda` also
 * needs a GPU with its driver, and loading a variant says so when there is none. `webgpu` is left out, since its
 * library is always there and says nothing about the machine.
 */
export function availableHardware(): string[] {
  return listSupportedBackends()
    .filter(({ name, bundled }) => name !== 'webgpu' && (bundled || hasProviderLibrary(name)))
    .map(({ name }) => name)
    .toSorted((a, b) => Number(b === 'cpu') - Number(a === 'cpu') || (a < b ? -1 : 1));
}

/** Providers that npm does not bundle lie beside the binding once onnxruntime-node's own installer fetched them. */
function hasProviderLibrary(name: string): boolean {
  const packageFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const folder = join(packageFolder, 'bin', 'napi-v6', process.platform, process.arch);
  const [prefix, ending] = process.platform === 'win32' ? ['', 'dll'] : ['lib', 'so'];
  return existsSync(join(folder, `${prefix}onnxruntime_providers_${name}.${ending}`));
}
