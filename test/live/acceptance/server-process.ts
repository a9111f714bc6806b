/**
 * The built `rehearse serve` as the tests of a whole server run it: a process of its own, a folder of its own with the
 * config, its files and the state, and ports that the system chose, which `service.json` tells.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../../backends/index.ts';
import type { StatusAnswer } from '../../../cli/service/status-text.ts';
import { runningServer } from '../../../live/store/index.ts';
import type { ServerFile } from '../../../live/store/index.ts';
import { rehearse } from '../../cli/command.ts';
import type { Ended } from '../../cli/command.ts';

/** Every HTTP port chosen by the system. Sections of a service's config, to be spread. */
export const ANY_PORTS = {
  http: { port: 0 },
  grpc: { port: 0 },
  torchserve: { inference_port: 0, management_port: 0, metrics_port: 0 },
} as const;

/** A folder with a service's config and what it refers to; its state lies below. */
export class ServiceFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'rehearse-acceptance-')));
  readonly state = join(this.path, 'state');

  /** @param config as YAML or JSON would have it. @param files beside it, by path. */
  constructor(config: object, files: Readonly<Record<string, string | Uint8Array>> = {}) {
    this.write('service.yaml', JSON.stringify(config));
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  /** @returns the file's path. */
  write(path: string, content: string | Uint8Array): string {
    const target = join(this.path, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    return target;
  }

  /** Runs a command on the service of this folder. */
  call(...args: readonly string[]): Promise<Ended> {
    return rehearse(args, { cwd: this.path, env: { REHEARSE_STATE: this.state } });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

const LAUNCHER = join(repositoryRoot(), 'cli', 'rehearse.js');
const POLL_MS = 20;

export class ServerProcess {
  readonly folder: ServiceFolder;
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly file: ServerFile;

  private constructor(folder: ServiceFolder, child: ChildProcess, exited: Promise<Exit>, file: ServerFile) {
    this.folder = folder;
    this.child = child;
    this.exited = exited;
    this.file = file;
  }

  /**
   * Fulfilled when the server is ready. @param env beside that of the test.
   * @throws Error with what it said when it ends before.
   */
  static async start(folder: ServiceFolder, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const args = [LAUNCHER, 'serve', '--config', join(folder.path, 'service.yaml'), '--json'];
    const child = spawn(process.execPath, args, {
      cwd: folder.path,
      env: { ...process.env, FORCE_COLOR: '0', REHEARSE_STATE: folder.state, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    let ended: Exit | undefined;
    const exited = once(child, 'close').then(([status, signal]): Exit => {
      // As Node emits them.
      ended = { status: status as number | null, signal: signal as NodeJS.Signals | null };
      return ended;
    });
    for (;;) {
      const file = runningServer(folder.state);
      if (file?.pid === child.pid && file?.state === 'ready') return new ServerProcess(folder, child, exited, file);
      if (ended !== undefined) throw new Error(`serve ended with ${JSON.stringify(ended)}: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  get pid(): number {
    return this.file.pid;
  }

  /** Of the main listener. */
  get url(): string {
    return this.file.url;
  }

  /** `http://127.0.0.1:1234`, for gRPC without a scheme. */
  addressOf(protocol: string): string {
    const found = this.file.listeners.find((each) => each.protocol === protocol);
    if (found === undefined) throw new Error(`no listener speaks ${protocol}`);
    return found.address;
  }

  portOf(protocol: string): number {
    return Number(/:(\d+)$/.exec(this.addressOf(protocol))?.[1]);
  }

  call(...args: readonly string[]): Promise<Ended> {
    return this.folder.call(...args);
  }

  async status(): Promise<StatusAnswer> {
    const answer = await fetch(`${this.url}/rehearse/v1/status`);
    return (await answer.json()) as StatusAnswer; // The server's own shape.
  }

  /** The worker processes of a variant that are ready, or all workers. */
  async pidsOf(variant?: string): Promise<readonly number[]> {
    const { service } = await this.status();
    const workers = service.workers.filter((worker) => variant === undefined || worker.variant === variant);
    return workers.flatMap(({ pid, state }) => (pid === undefined || state !== 'ready' ? [] : [pid]));
  }

  /** Memory that the server's own process holds, in bytes, as its metrics tell. */
  async residentBytes(): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
  }

  log(): string {
    return readFileSync(join(this.folder.state, 'service.log'), 'utf8');
  }

  /** Signals the process itself; does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it in order, and removes its folder. */
  async end(): Promise<void> {
    this.signal('SIGTERM');
    await this.exited;
    this.folder.remove();
  }
}
