/**
 * What figures were measured on, by name, as texts that go into a profile or a result: processor, memory, clock,
 * libraries, date. What a system does not tell is left out. How busy the machine was is told by `CpuWatch`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { formatBytes } from '../../core/index.ts';

export type EnvironmentStamp = Readonly<Record<string, string>>;

const CPU_FOLDER = '/sys/devices/system/cpu/cpu0/cpufreq';

/** The stamp of now; the load average is that of the minute before. */
export function environmentStamp(): EnvironmentStamp {
  const processors = cpus();
  const governor = textOf(`${CPU_FOLDER}/scaling_governor`);
  const kilohertz = Number(textOf(`${CPU_FOLDER}/scaling_cur_freq`));
  const reportedMhz = processors[0]?.speed ?? 0;
  const megahertz = kilohertz > 0 ? kilohertz / 1000 : reportedMhz;
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: String(processors.length),
    memory: formatBytes(Math.round(totalmem() / 1e8) * 1e8),
    ...(governor === undefined ? {} : { governor }),
    ...(megahertz > 0 ? { frequency: `${Math.round(megahertz)} MHz` } : {}),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.versions.node,
    onnxruntime: libraryVersion('onnxruntime-node'),
    load_average: loadavg()[0].toFixed(2),
    date: new Date().toISOString(),
  };
}

/** Those entries that two measurements must share to be one: the machine and its libraries. */
export function sameMachine(stamp: EnvironmentStamp): EnvironmentStamp {
  const kept = ['cpu', 'cores', 'memory', 'system', 'node', 'onnxruntime'];
  return Object.fromEntries(Object.entries(stamp).filter(([name]) => kept.includes(name)));
}

/** Of an installed package, without loading it: ONNX Runtime never runs in a command's own process. */
function libraryVersion(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  // The manifest of a package has a version.
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
