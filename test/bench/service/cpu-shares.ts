/** From a processor profile to where the time went, by folder of ours, by package, and by what Node does itself. */
import type { Profiler } from 'node:inspector';

export interface CpuShare {
  /** `live/http`, `fastify`, `node: net`, `system calls and Node in C++`, `garbage collection`. */
  readonly where: string;
  /** Of the time in which the process was busy. */
  readonly percent: number;
}

/** Shares below this are summed up as `the rest`. */
const LEAST_PERCENT = 1;
const NATIVE = 'system calls and Node in C++';

export function cpuShares({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): readonly CpuShare[] {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const timesUs = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const place = places.get(id);
    if (place !== undefined) timesUs.set(place, (timesUs.get(place) ?? 0) + (timeDeltas[at + 1] ?? 0));
  }
  const busyUs = [...timesUs.values()].reduce((sum, us) => sum + us, 0);
  const all = [...timesUs].map(([where, us]) => ({ where, percent: (us / busyUs) * 100 }));
  const shown = all.filter(({ percent }) => percent >= LEAST_PERCENT).toSorted((a, b) => b.percent - a.percent);
  const rest = 100 - shown.reduce((sum, { percent }) => sum + percent, 0);
  return [...shown, { where: 'the rest', percent: rest }];
}

/** Undefined when the process was idle. */
function placeOf({ functionName, url }: Profiler.Profile['nodes'][number]['callFrame']): string | undefined {
  if (functionName === '(idle)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (url === '') return NATIVE;
  if (url.startsWith('node:'))
    return `node: ${
      url
        .slice('node:'.length)
        .replace(/^internal\//, '')
        .split('/')[0]
    }`;
  const packageName = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (packageName !== undefined) return packageName;
  const parts = (url.split('/dist/')[1] ?? url).split('/');
  return parts.slice(0, Math.min(2, parts.length - 1)).join('/');
}
