/**
 * The same model as one loop over typed arrays, with nothing around it: no actors, no policies, no messages, no
 * recorder beyond one latency per request. It is the yardstick that the framework's speed is a share of.
 */
import { DELAY_NS, SERVICE_MS, WORKERS } from './model.ts';

const MAX_BATCH = SERVICE_MS.length;
const RING = 1024;
const HEAP = 256;
const FINISH = 1 << 24;
const TIMER = 2 << 24;

export interface LoopRun {
  readonly requestsPerSecond: number;
  readonly meanMs: number;
  readonly events: number;
}

/** Runs once. @param arrivalsNs arrival times in nanoseconds, ascending. */
export function runTypedArrayLoop(arrivalsNs: Float64Array): LoopRun {
  const serviceNs = Float64Array.from([0, ...SERVICE_MS], (ms) => ms * 1e6);
  const latencyNs = new Float64Array(arrivalsNs.length);
  const startMs = performance.now();
  const events = loop(arrivalsNs, serviceNs, latencyNs);
  const elapsedMs = performance.now() - startMs;
  const sumNs = latencyNs.reduce((sum, value) => sum + value, 0);
  return {
    requestsPerSecond: (arrivalsNs.length / elapsedMs) * 1e3,
    meanMs: sumNs / arrivalsNs.length / 1e6,
    events,
  };
}

function loop(arrivalsNs: Float64Array, serviceNs: Float64Array, latencyNs: Float64Array): number {
  const heapTime = new Float64Array(HEAP);
  const heapOrder = new Float64Array(HEAP);
  const heapKind = new Int32Array(HEAP);
  let heaped = 0;
  let sequence = 0;
  const ring = new Int32Array(WORKERS * RING);
  const head = new Int32Array(WORKERS);
  const size = new Int32Array(WORKERS);
  const inFlight = new Int32Array(WORKERS);
  const version = new Int32Array(WORKERS);
  const batch = new Int32Array(WORKERS * MAX_BATCH);

  function push(time: number, kind: number): void {
    const order = sequence;
    sequence += 1;
    let hole = heaped;
    heaped += 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (heapTime[parent] < time || (heapTime[parent] === time && heapOrder[parent] < order)) break;
      heapTime[hole] = heapTime[parent];
      heapOrder[hole] = heapOrder[parent];
      heapKind[hole] = heapKind[parent];
      hole = parent;
    }
    heapTime[hole] = time;
    heapOrder[hole] = order;
    heapKind[hole] = kind;
  }

  function pop(): void {
    heaped -= 1;
    const time = heapTime[heaped];
    const order = heapOrder[heaped];
    const kind = heapKind[heaped];
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heaped) break;
      const right = child + 1;
      if (
        right < heaped &&
        (heapTime[right] < heapTime[child] ||
          (heapTime[right] === heapTime[child] && heapOrder[right] < heapOrder[child]))
      ) {
        child = right;
      }
      if (time < heapTime[child] || (time === heapTime[child] && order < heapOrder[child])) break;
      heapTime[hole] = heapTime[child];
      heapOrder[hole] = heapOrder[child];
      heapKind[hole] = heapKind[child];
      hole = child;
    }
    heapTime[hole] = time;
    heapOrder[hole] = order;
    heapKind[hole] = kind;
  }

  function start(worker: number, now: number): void {
    const count = Math.min(size[worker], MAX_BATCH);
    for (let i = 0; i < count; i += 1) {
      batch[worker * MAX_BATCH + i] = ring[worker * RING + ((head[worker] + i) & (RING - 1))];
    }
    head[worker] = (head[worker] + count) & (RING - 1);
    size[worker] -= count;
    inFlight[worker] = count;
    version[worker] = (version[worker] + 1) & 0xffff;
    push(now + serviceNs[count], FINISH | worker);
  }

  function arrive(request: number, now: number): void {
    let best = 0;
    let least = Number.MAX_SAFE_INTEGER;
    for (let worker = 0; worker < WORKERS; worker += 1) {
      const load = size[worker] + inFlight[worker];
      if (load < least) {
        least = load;
        best = worker;
      }
    }
    ring[best * RING + ((head[best] + size[best]) & (RING - 1))] = request;
    size[best] += 1;
    if (inFlight[best] > 0) return;
    if (size[best] >= MAX_BATCH) start(best, now);
    else if (size[best] === 1) push(now + DELAY_NS, TIMER | (version[best] << 8) | best);
  }

  function finish(worker: number, now: number): void {
    for (let i = 0; i < inFlight[worker]; i += 1) {
      const request = batch[worker * MAX_BATCH + i];
      latencyNs[request] = now - arrivalsNs[request];
    }
    inFlight[worker] = 0;
    if (size[worker] === 0) return;
    const dueNs = arrivalsNs[ring[worker * RING + head[worker]]] + DELAY_NS;
    if (size[worker] >= MAX_BATCH || dueNs <= now) start(worker, now);
    else push(dueNs, TIMER | (version[worker] << 8) | worker);
  }

  let events = 0;
  let next = 0;
  push(arrivalsNs[0], 0);
  while (heaped > 0) {
    const now = heapTime[0];
    const kind = heapKind[0];
    pop();
    events += 1;
    const worker = kind & 0xff;
    if (kind === 0) {
      const request = next;
      next += 1;
      if (next < arrivalsNs.length) push(arrivalsNs[next], 0);
      arrive(request, now);
    } else if (kind < TIMER) finish(worker, now);
    else if (inFlight[worker] === 0 && size[worker] > 0 && version[worker] === ((kind >> 8) & 0xffff)) {
      start(worker, now);
    }
  }
  return events;
}
