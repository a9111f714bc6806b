/**
 * Everything at once, in an order drawn from a seed: queries that end, expire and are left, changes of the catalogue that
 * succeed and fail, scaling by hand, engines that are killed, actors that fail. Whatever the order, each query ends once
 * and nothing is left.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { NEVER, Stream, definePolicy, milliseconds, seconds, useCaseName } from '../../../core/index.ts';
import type { QueryEnd, ServedVariant, ServiceAnswer, ServiceBlueprint } from '../../../live/service/index.ts';
import { Service } from '../../../live/service/index.ts';
import { blueprintOf, bundledServed, endOf, floats, queryFor, tableServed } from './fixtures.ts';

const TIMEOUT = { timeout: 60_000 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How busy the hands are. */
interface Pace {
  readonly pauseMs: number;
  /** Of a thousand steps, those that are changes of the catalogue, scaling and kills each. */
  readonly rare: number;
}

/** A service under random hands. */
class Stress {
  readonly ends: QueryEnd[] = [];
  readonly answers: ServiceAnswer[] = [];
  readonly pids = new Set<number>();
  /** What broke the actors. */
  readonly failures: (string | undefined)[] = [];
  /** Fewest and most queries that were ever open. */
  openLeast = 0;
  openMost = 0;
  killed = 0;
  private readonly service: Service;
  private readonly stream: Stream;
  private readonly extras: readonly ServedVariant[];
  private readonly pace: Pace;
  private readonly pending: Promise<unknown>[] = [];
  private asked = 0;

  /** @param extras variants that come and go. */
  constructor(service: Service, seed: string, extras: readonly ServedVariant[], pace: Pace) {
    this.service = service;
    this.pace = pace;
    this.stream = new Stream(seed);
    this.extras = extras;
    service.observe({
      queryEnded: (end) => this.ends.push(end),
      failed: (error) => this.failures.push(error?.message),
    });
  }

  /** @param odd what else may happen, one time in a hundred. */
  async run(durationMs: number, odd: () => void): Promise<void> {
    const untilMs = Date.now() + durationMs;
    while (Date.now() < untilMs) {
      for (let burst = this.stream.int(12); burst > 0; burst -= 1) this.step(odd);
      const { openRequests, workers } = this.service.snapshot();
      this.openLeast = Math.min(this.openLeast, openRequests);
      this.openMost = Math.max(this.openMost, openRequests);
      for (const { pid } of workers) if (pid !== undefined) this.pids.add(pid);
      await pause(this.stream.int(this.pace.pauseMs));
    }
  }

  /** Waits for everything and ends the service. @returns what is wrong. */
  async end(): Promise<string[]> {
    await this.service.drain(3000);
    await this.service.stop();
    await Promise.all(this.pending);
    const { answers, ends, asked, pids } = this;
    const told = new Map<number, number>();
    for (const { ordinal } of ends) told.set(ordinal, (told.get(ordinal) ?? 0) + 1);
    const twice = [...told.values()].filter((times) => times > 1).length;
    const { openRequests } = this.service.snapshot();
    const ways = new Set([...answers.map(wayOf), ...ends.map(wayOf)]);
    const differing = [...ways].filter((way) => {
      const [said, heard] = [answers, ends].map((all) => all.filter((each) => wayOf(each) === way).length);
      return said !== heard;
    });
    const findings: readonly (readonly [finding: string, count: number])[] = [
      ['queries without an answer', asked - answers.length],
      ['queries whose end no observer was told of', asked - told.size],
      ['queries whose end observers were told of twice', twice],
      ['ways to end that clients and observers count differently', differing.length],
      ['queries counted as open at the end', openRequests],
      ['queries counted as closed that were not', -this.openLeast],
      ['engines that live', engineProcesses() + [...pids].filter((pid) => existsSync(`/proc/${pid}`)).length],
    ];
    return findings.filter(([, count]) => count !== 0).map(([finding, count]) => `${count} ${finding}`);
  }

  private step(odd: () => void): void {
    const draw = this.stream.int(1000);
    const { rare } = this.pace;
    if (draw < rare) this.change();
    else if (draw < 2 * rare) this.scale();
    else if (draw < 3 * rare) this.kill();
    else if (draw < 3 * rare + 10) odd();
    else this.ask();
  }

  private ask(): void {
    const { service, stream } = this;
    const names = service.directory.list().filter(({ inputs }) => inputs.length > 0);
    const model = names[stream.int(names.length)];
    const [{ name, shape }] = model.inputs;
    const inputs = 1 + stream.int(Math.min(2, model.maxBatch));
    const row = shape.slice(1).reduce((product: number, extent) => product * (extent ?? 1), 1);
    const tensor = {
      ...floats(
        name,
        inputs,
        Array.from({ length: inputs * row }, () => 0),
      ),
    };
    const leaving = new AbortController();
    const draw = stream.int(10);
    if (draw === 0) leaving.abort();
    if (draw === 1) setTimeout(() => leaving.abort(), stream.int(30));
    const query = queryFor(service, model.name, {
      model,
      tensors: [{ ...tensor, shape: [inputs, ...shape.slice(1).map((extent) => extent ?? 1)] }],
      latencyNs: draw === 2 ? milliseconds(10) : NEVER,
      signal: leaving.signal,
      ...(draw === 3 ? { timeoutNs: milliseconds(stream.int(40)) } : {}),
    });
    this.asked += 1;
    this.pending.push(service.infer(query).then((answer) => this.answers.push(answer)));
  }

  private change(): void {
    const { service, stream, extras } = this;
    const variant = extras[stream.int(extras.length)];
    const workers = { least: stream.int(2), most: 2 };
    const change =
      stream.int(2) === 0 ? service.remove([{ name: variant.name }]) : service.install([{ ...variant, workers }]);
    // Some cannot be made: that is the point.
    this.pending.push(change.catch(() => undefined));
  }

  private scale(): void {
    const { service, stream } = this;
    const { variants } = service.snapshot();
    const { name, version } = variants[stream.int(variants.length)];
    const least = stream.int(3);
    service.scale(name, version, stream.int(3) === 0 ? 'auto' : { least, most: least + stream.int(2) });
    this.pending.push(service.settled(name, version, stream.int(200)));
  }

  private kill(): void {
    const pids = this.service.snapshot().workers.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    if (pids.length === 0) return;
    this.killed += 1;
    process.kill(pids[this.stream.int(pids.length)], 'SIGKILL');
  }
}

function wayOf(end: { readonly outcome: string; readonly reason?: string }): string {
  // Clients get no reason with an answer.
  return ['served', 'late'].includes(end.outcome) ? end.outcome : `${end.outcome}: ${end.reason}`;
}

/** Children of this process that are engines. */
function engineProcesses(): number {
  const tasks = readdirSync('/proc/self/task');
  const children = tasks.flatMap((task) => readText(`/proc/self/task/${task}/children`).split(' ').filter(Boolean));
  return children.filter((pid) => readText(`/proc/${pid}/cmdline`).includes('engine-process')).length;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Room for a few workers of everything. */
function blueprint(variants: readonly ServedVariant[], changes: Partial<ServiceBlueprint> = {}): ServiceBlueprint {
  const limits = { holdMax: 30, timeoutNs: seconds(2), workersMax: 12, machinesMax: 1, coreOvercommit: 4 };
  return blueprintOf(variants, { limits, openMax: 300, ...changes });
}

describe('whatever happens in whatever order, each query ends once and nothing is left', () => {
  test.each(['first', 'second'])('workers that are tables, actors that fail, seed "%s"', TIMEOUT, async (seed) => {
    let toFail = 2;
    let fails = false;
    const policy = definePolicy({
      name: 'first-fit',
      summary: 'The first variant that is named; fails when it is told to.',
      source: 'the tests',
      families: ['selection'],
      options: {},
      create: ({ catalogue, kinds, requests }) => ({
        selection: {
          select: (slot) => {
            if (fails) {
              fails = false;
              throw new Error('the policy is broken');
            }
            const { variant, architecture, useCase } = kinds[requests.kind[slot]];
            return catalogue.variants.findIndex((each) =>
              [each.name, each.architecture, useCaseName(each.useCase)].includes(variant || architecture || useCase),
            );
          },
        },
      }),
    });
    const variants = [tableServed('tiny', [1, 2]), tableServed('slow', [30, 40])];
    const selection = blueprintOf([], {}, { selection: [policy] }).policies;
    const service = await Service.start(blueprint(variants, { policies: selection, renewalMs: 400 }));
    const odd = {
      inputs: [{ name: 'pixels', type: 'uint8', shape: [null, 2] }],
      architecture: 'tiny-network',
    } as const;
    const extras = [tableServed('one', [3]), tableServed('two', [5, 6, 7]), tableServed('odd', [1], odd)];
    const stress = new Stress(service, seed, extras, { pauseMs: 4, rare: 30 });
    await stress.run(1500, () => {
      fails = toFail > 0;
      toFail -= 1;
    });
    expect(await stress.end()).toEqual([]);
    expect(new Set(stress.failures)).toEqual(new Set(['the policy is broken']));
    expect(stress.openMost).toBeGreaterThan(5);
    expect(stress.answers.some(({ ok }) => ok)).toBe(true);
  });

  test.skipIf(process.platform !== 'linux')(
    'workers that are engines, and are killed (on Linux)',
    TIMEOUT,
    async () => {
      const [linear, mlp] = bundledServed('fmnist-linear-fp32', 'fmnist-mlp-fp32');
      const [bad] = bundledServed('fmnist-linear-fp32');
      const nowhere = { path: '/no/such/model.onnx', sha256: '0'.repeat(64), bytes: 1 };
      const absent = {
        ...bad,
        name: 'absent',
        definition: { ...bad.definition, name: 'absent', architecture: 'absent', artifact: nowhere },
      };
      const service = await Service.start(blueprint([linear], { workers: [{ variant: linear.name, count: 1 }] }));
      const stress = new Stress(service, 'engines', [mlp, absent], { pauseMs: 20, rare: 5 });
      await stress.run(4000, () => undefined);
      expect(await stress.end()).toEqual([]);
      expect(stress.failures).toEqual([]);
      expect(stress.killed).toBeGreaterThan(0);
      expect(stress.answers.some(({ ok }) => ok)).toBe(true);
    },
  );
});

test('epochs that have ended are not kept in memory', TIMEOUT, async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const service = await Service.start(blueprint([tableServed('tiny', [1])]));
  const held = async (): Promise<number> => {
    await pause(100);
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = await held();
  for (let change = 0; change < 20; change += 1) {
    await service.install([tableServed('one', [1])]);
    expect(endOf(await service.infer(queryFor(service, 'tiny')))).toBe('served by tiny');
  }
  // One epoch's tables are some 17 MB; two or three may still be about.
  expect((await held()) - before).toBeLessThan(80e6);
  await service.stop();
});
