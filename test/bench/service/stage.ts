/** The processes of a benchmark, up and running: one server, a load generator, a second one that probes, the bare loop. */
import { join } from 'node:path';
import type { BareCalls } from './bare-process.ts';
import type { LoadCalls } from './load-process.ts';
import type { Scene } from './scene.ts';
import { makeScene, removeScene } from './scene.ts';
import type { ServerCalls } from './server-process.ts';
import { Tool } from './tool.ts';

export interface Stage {
  readonly scene: Scene;
  /** By protocol. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly server: Tool<ServerCalls>;
  readonly load: Tool<LoadCalls>;
  readonly probe: Tool<LoadCalls>;
  readonly bare: Tool<BareCalls>;
  /** The benchmark's processes but the server's engines. */
  readonly pids: readonly number[];
}

/** Sets the stage, has something done on it, and clears it whatever happens. */
export async function onStage<Result>(play: (stage: Stage) => Promise<Result>): Promise<Result> {
  const scene = makeScene();
  const server = new Tool<ServerCalls>('server-process', [scene.config, join(scene.folder, 'state')]);
  const load = new Tool<LoadCalls>('load-process');
  const probe = new Tool<LoadCalls>('load-process');
  const bare = new Tool<BareCalls>('bare-process');
  try {
    const addresses = await server.call('addresses', undefined);
    const pids = [process.pid, ...[server, load, probe, bare].map(({ pid }) => pid)];
    return await play({ scene, addresses, server, load, probe, bare, pids });
  } finally {
    await Promise.all([load, probe, bare].map((tool) => tool.end()));
    await server.end();
    removeScene(scene);
  }
}
