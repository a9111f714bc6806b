import { describe, expect, test } from 'vitest';
import { NEVER, SERVED, definePolicy, milliseconds, queueOf, seconds } from '../../../core/index.ts';
import type { Nanos } from '../../../core/index.ts';
import { LiveWorld, runLive, tableBackend } from '../../../live/world/index.ts';
import type { LiveBackendFactory } from '../../../live/world/index.ts';
import { ListedArrivals, TwoClients, livePlan, poisson, rowsOf, tableCatalogue, tableVariant } from './fixtures.ts';

const CATALOGUE = tableCatalogue([tableVariant(0, 'small', [3, 4, 5, 6])]);
const onTables = { backend: tableBackend };

/** Answers every batch from within the call that brings it. */
const answersAtOnce: LiveBackendFactory = (parts) => ({
  ...neverAnswers(parts),
  execute: (worker, generation) => {
    const timings = { preprocessNs: 0, inferNs: 0, postprocessNs: 0 };
    parts.deliver(queueOf(worker), { type: 'batch.finished', generation, timings });
  },
});

/** Loads and then does nothing. */
const neverAnswers: LiveBackendFactory = (parts) => ({
  load: (worker, generation) => tableBackend(parts).load(worker, generation),
  execute: () => undefined,
  cancel: () => undefined,
  unload: () => undefined,
  close: () => Promise.resolve(),
});

describe('time', () => {
  test('latency counts from the scheduled time, and the delay of issuing is known', async () => {
    const atMs = [0, 30, 31, 80];
    const workload = new ListedArrivals(atMs.map((ms) => ({ atNs: milliseconds(ms) })));
    const record = await runLive(livePlan(CATALOGUE, { workers: [[0, 4]] }), workload, onTables);
    const rows = rowsOf(record).sort((a, b) => a.ordinal - b.ordinal);
    expect(rows.map(({ scheduledNs }) => scheduledNs)).toEqual(atMs.map(milliseconds));
    for (const { latencyNs, inferNs } of rows) expect(latencyNs).toBeGreaterThanOrEqual(inferNs);
    expect(record.issueDelay.count).toBe(4);
    expect(record.issueDelay.maxNs).toBeGreaterThan(0);
    expect(record.endNs).toBeGreaterThan(milliseconds(80));
    expect(record.ending).toBe('drained');
  });

  test('stamps ascend strictly, and nothing is delivered before it is due', async () => {
    const plan = livePlan(CATALOGUE, { policies: { batching: ['fixed', { maxBatch: 4, maxDelay: milliseconds(5) }] } });
    const { log } = await runLive(plan, poisson(500, 0.3), { ...onTables, log: true });
    if (log === undefined) throw new Error('no log');
    const stamps = [...log.events, ...log.arrivals].map(({ atNs }) => atNs).sort((a, b) => a - b);
    expect(new Set(stamps).size).toBe(stamps.length);
    for (const { atNs, arrival } of log.arrivals) expect(atNs).toBeGreaterThanOrEqual(arrival.atNs);
    expect(log.startUp.map(({ atNs, message }) => [atNs, message.type])).toEqual([[0, 'load.finished']]);
  });

  test('control ticks keep their periods', async () => {
    const workload = new ListedArrivals([{ atNs: milliseconds(450) }]);
    const { log } = await runLive(livePlan(CATALOGUE), workload, { ...onTables, log: true });
    const ticks = log?.events.filter(({ message }) => message.type === 'monitor.tick').map(({ atNs }) => atNs) ?? [];
    expect(ticks.length).toBeGreaterThanOrEqual(4);
    // Two ticks of one instant are a nanosecond apart.
    for (const [at, tickNs] of ticks.entries()) expect(tickNs - milliseconds(100 * (at + 1))).toBeLessThan(20);
  });

  test('a machine that joins during the run boots as long as its type says', async () => {
    const wantsTwo = definePolicy({
      name: 'two',
      summary: 'One machine more, once.',
      source: 'this test',
      families: ['machine-scaling'],
      options: {},
      create: ({ fleet }) => ({
        'machine-scaling': {
          periodNs: milliseconds(20),
          decide: () =>
            fleet.machines.up.length + fleet.machines.booting.length > 1
              ? []
              : [{ type: 0, delta: 1, reason: 'one more' }],
        },
      }),
    });
    const plan = livePlan(CATALOGUE, {
      policies: { 'machine-scaling': [wantsTwo] },
      machines: { initial: 1, max: 2 },
      live: { bootNs: 'catalogue' },
    });
    const record = await runLive(plan, new ListedArrivals([{ atNs: milliseconds(150) }]), { ...onTables, log: true });
    const decidedNs = record.decisions.find(({ decision: { reason } }) => reason === 'one more')?.atNs ?? NEVER;
    const bootedNs = record.log?.events.find(({ message }) => message.type === 'machine.booted')?.atNs ?? 0;
    expect(bootedNs - decidedNs).toBeGreaterThanOrEqual(milliseconds(50));
    expect(record.serving.fleet.machines.up.length).toBe(2);
  });
});

describe('delivery', () => {
  test('an answer given from within a call waits for the actor that called', async () => {
    const record = await runLive(livePlan(CATALOGUE), poisson(1000, 0.1), { backend: answersAtOnce });
    expect(record.ending).toBe('drained');
    expect(rowsOf(record).every(({ outcome }) => outcome === SERVED)).toBe(true);
  });

  test('a closed loop sends its next query only after an answer', async () => {
    const record = await runLive(livePlan(CATALOGUE, { workers: [[0, 2]] }), new TwoClients(20), onTables);
    const rows = rowsOf(record).sort((a, b) => a.scheduledNs - b.scheduledNs);
    expect(rows).toHaveLength(20);
    for (const [at, row] of rows.entries()) {
      const open = rows.slice(0, at).filter(({ scheduledNs, latencyNs }) => scheduledNs + latencyNs > row.scheduledNs);
      expect(open.length).toBeLessThan(2);
    }
  });

  test('a service takes requests that nobody scheduled, and tells of their ends', async () => {
    const ended: [slot: number, outcome: number, endNs: Nanos][] = [];
    const listener = { requestEnded: (...end: [number, number, Nanos]) => void ended.push(end) };
    const parts = {
      plan: livePlan(CATALOGUE),
      backend: tableBackend,
      decisionsMax: 10,
      logMax: 0,
      endsByItself: false,
    };
    const world = new LiveWorld({ ...parts, workload: new ListedArrivals([]), listener });
    const record = world.run();
    await world.begun;
    const query = { kind: 0, inputs: 2, latencyNs: seconds(1), accuracyPercent: 0, client: -1 };
    const slots: number[] = [];
    for (let at = 0; at < 2; at += 1) world.submit(query, (slot) => slots.push(slot));
    while (ended.length < 2) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
    world.end('interrupted');
    expect((await record).ending).toBe('interrupted');
    expect(ended.map(([slot, outcome]) => [slot, outcome])).toEqual(slots.map((slot) => [slot, SERVED]));
  });
});

describe('ends', () => {
  test('a run without arrivals is drained at once', async () => {
    const record = await runLive(livePlan(CATALOGUE), new ListedArrivals([]), onTables);
    expect(record).toMatchObject({ ending: 'drained', endNs: 0, events: 0 });
  });

  test('a request that nobody answers ends the run at the drain limit and is counted', async () => {
    const plan = livePlan(CATALOGUE, { live: { drainNs: milliseconds(100) } });
    const record = await runLive(plan, new ListedArrivals([{ atNs: milliseconds(10) }]), { backend: neverAnswers });
    expect(record.ending).toBe('drain-limit');
    expect(record.endNs).toBeGreaterThanOrEqual(milliseconds(110));
    expect(record.endNs).toBeLessThan(seconds(3));
    expect(record.serving.recorder.total().outcomes[0]).toBe(1);
  });

  test('an abort keeps what was finished', async () => {
    const record = await runLive(livePlan(CATALOGUE, { workers: [[0, 3]] }), poisson(200, 30), {
      ...onTables,
      signal: AbortSignal.timeout(500),
    });
    expect(record.ending).toBe('interrupted');
    expect(record.endNs).toBeLessThan(seconds(5));
    expect(rowsOf(record).length).toBeGreaterThan(20);
  });

  test('an abort before the start begins nothing', async () => {
    const record = await runLive(livePlan(CATALOGUE), poisson(200, 1), { ...onTables, signal: AbortSignal.abort() });
    expect(record).toMatchObject({ ending: 'interrupted', endNs: 0, events: 0 });
  });

  test('a policy that throws ends the run with its error', async () => {
    let calls = 0;
    const broken = definePolicy({
      name: 'broken',
      summary: 'Breaks at the tenth request.',
      source: 'this test',
      families: ['dispatch'],
      options: {},
      create: () => ({
        dispatch: {
          assign: () => {
            calls += 1;
            if (calls === 10) throw new Error('the tenth request');
            return 0;
          },
        },
      }),
    });
    const plan = livePlan(CATALOGUE, { policies: { dispatch: [broken] } });
    await expect(runLive(plan, poisson(500, 5), onTables)).rejects.toThrow('the tenth request');
    expect(calls).toBe(10);
  });

  test('initial workers that fit on no machine are refused before anything runs', async () => {
    const plan = livePlan(CATALOGUE, { workers: [[0, 5]] });
    await expect(runLive(plan, poisson(500, 5), onTables)).rejects.toThrow(
      /no machine has room for an initial worker of small/,
    );
  });
});

describe('notes', () => {
  test('what a live run does not apply is named', async () => {
    const record = await runLive(livePlan(CATALOGUE), new ListedArrivals([]), {
      ...onTables,
      notApplied: ['faults', 'network'],
    });
    expect(record.notes[0]).toBe('not applied in a live run: faults, network');
  });

  test('a generator that fell behind is told, with by how much', async () => {
    const slow = definePolicy({
      name: 'slow',
      summary: 'Thinks for 20 ms.',
      source: 'this test',
      families: ['selection'],
      options: {},
      create: () => ({
        selection: {
          select: () => {
            const untilMs = performance.now() + 20;
            while (performance.now() < untilMs);
            return 0;
          },
        },
      }),
    });
    const plan = livePlan(CATALOGUE, { policies: { selection: [slow] } });
    const record = await runLive(plan, poisson(200, 0.2), onTables);
    expect(record.issueDelay.p99Ns).toBeGreaterThan(milliseconds(10));
    expect(record.notes[0]).toMatch(
      /^the load generator fell behind: 1 % of the requests were issued [\d.]+ ms or more/,
    );
  });

  test('machines that claim more than the host has are told', async () => {
    const many = { initial: 64, max: 64 };
    const plan = livePlan(CATALOGUE, {
      machines: many,
      serving: { limits: { workersMax: 4, machinesMax: 64, holdMax: 1, timeoutNs: NEVER } },
    });
    const record = await runLive(plan, new ListedArrivals([]), onTables);
    expect(record.notes).toContainEqual(
      expect.stringMatching(/^the machines of the run had 256 cores and 64.0 GB, this host/),
    );
  });
});
