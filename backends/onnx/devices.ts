/**
 * Which hardware ONNX Runtime can use on this machine. It loads the native library into the calling process, but only
 * when asked: a config's validation asks, the service never does.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as OnnxRuntime from 'onnxruntime-node';

/**
 * Names of the execution providers whose libraries are present, `cpu` first. A library is no device: `cuda` also
 * needs a GPU with its driver, and loading a variant says so when there is none. `webgpu` is left out, since its
 * library is always there and says nothing about the machine.
 */
export function availableHardware(): string[] {
  const require = createRequire(import.meta.url);
  // An import statement would load the library with this module. The package's types describe what it exports.
  const { listSupportedBackends } = require('onnxruntime-node') as typeof OnnxRuntime;
  const packageFolder = dirname(require.resolve('onnxruntime-node/package.json'));
  return listSupportedBackends()
    .filter(({ name, bundled }) => name !== 'webgpu' && (bundled || hasProviderLibrary(packageFolder, name)))
    .map(({ name }) => name)
    .toSorted((a, b) => Number(b === 'cpu') - Number(a === 'cpu') || (a < b ? -1 : 1));
}

/** Providers that npm does not bundle lie beside the binding once onnxruntime-node's own installer fetched them. */
function hasProviderLibrary(packageFolder: string, name: string): boolean {
  const folder = join(packageFolder, 'bin', 'napi-v6', process.platform, process.arch);
  const [prefix, ending] = process.platform === 'win32' ? ['', 'dll'] : ['lib', 'so'];
  return existsSync(join(folder, `${prefix}onnxruntime_providers_${name}.${ending}`));
}
