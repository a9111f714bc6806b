/**
 * The process that serves: event loop, memory, processor time. The names that Prometheus' client libraries share
 * (`process_*`) are kept, so that common dashboards find them. All of it is read at the scrape.
 */
import { readdirSync } from 'node:fs';
import { memoryUsage, cpuUsage, uptime } from 'node:process';
import type { EventLoop } from './event-loop.ts';
import type { Families } from './families.ts';

/** @param version of this program. */
export function addProcessMetrics({ gauge, counter }: Families, eventLoop: EventLoop, version: string): () => void {
  gauge('rehearse_info', 'The program that serves, always 1', ['version', 'node']).set(
    { version, node: process.version },
    1,
  );
  gauge('process_start_time_seconds', 'Start of the process, in seconds since 1970').set(Date.now() / 1000 - uptime());
  const delay = gauge('rehearse_event_loop_delay_seconds', 'Delay of the event loop, last 10 s', ['quantile']);
  const utilization = gauge('rehearse_event_loop_utilization', 'Share of time the event loop was busy, last 10 s');
  const resident = gauge('process_resident_memory_bytes', 'Memory of the process that is in use');
  const heap = gauge('rehearse_heap_used_bytes', 'JavaScript objects');
  const buffers = gauge('rehearse_buffers_bytes', 'Memory of buffers outside the heap');
  const files = gauge('process_open_fds', 'Open files and sockets');
  const cpu = counter('process_cpu_seconds_total', 'Processor time, user and system');
  let cpuSeenUs = 0;
  return () => {
    const figures = eventLoop.figures();
    delay.set({ quantile: '0.5' }, figures.delayP50S);
    delay.set({ quantile: '0.99' }, figures.delayP99S);
    delay.set({ quantile: '1' }, figures.delayMaxS);
    utilization.set(figures.utilization);
    const { rss, heapUsed, external } = memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
    buffers.set(external);
    const { user, system } = cpuUsage();
    cpu.inc(Math.max(0, user + system - cpuSeenUs) / 1e6);
    cpuSeenUs = user + system;
    const open = openFiles();
    if (open !== undefined) files.set(open);
  };
}

/** Undefined where the system does not list them. */
function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
