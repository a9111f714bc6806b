import { describe, expect, test } from 'vitest';
import { READY, milliseconds, seconds } from '../../../../core/index.ts';
import { CPU_HOST, GPU_HOST, Plant } from './plant.ts';
import type { QuerySketch, Sketch } from './plant.ts';

const CPU: Sketch = { name: 'cpu', on: 'cpu', slope: 200, intercept: 50 };
const GPU: Sketch = { name: 'gpu', on: 'gpu', slope: 10, intercept: 10 };

const CPU_TWO: Sketch = { ...CPU, name: 'two', cores: 2 };

interface Work {
  readonly received?: number;
  readonly inputs?: number;
  readonly completed?: number;
  /** Mean time of those completed. */
  readonly serviceMs?: number;
}

/** Lets a worker receive and complete requests. */
function work(
  { fleet }: Plant,
  worker: number,
  { received = 0, inputs = received, completed = 0, serviceMs = 0 }: Work,
) {
  fleet.received[worker] += received;
  fleet.receivedInputs[worker] += inputs;
  fleet.completed[worker] += completed;
  fleet.serviceSumNs[worker] += completed * milliseconds(serviceMs);
  fleet.outstanding[worker] += inputs - completed;
}

interface Figures {
  readonly qps: number;
  readonly batch: number;
  readonly latencyMs: number;
  readonly inFlight: number;
  readonly flagged: boolean;
  readonly sloMs: number;
}

function figures({ state }: Plant, variant = 0, machine = 0): Figures {
  const { instances } = state;
  const cell = instances.at(variant, machine);
  return {
    qps: instances.qps[cell],
    batch: instances.averageBatch[cell],
    latencyMs: instances.averageLatencyMs[cell],
    inFlight: instances.inFlight[cell],
    flagged: instances.flagged[cell] === 1,
    sloMs: instances.averageSloMs[cell],
  };
}

/** A plant whose monitor has had its first interval, which says nothing. */
function watched(sketches: readonly Sketch[] = [CPU], options = {}): Plant {
  const plant = new Plant(sketches, options);
  plant.machine(GPU_HOST);
  for (const { name } of sketches) plant.run(name);
  plant.parts.monitor.upTo(seconds(1));
  return plant;
}

describe('once a second', () => {
  test('the first interval gives no figures', () => {
    const plant = new Plant([CPU]);
    plant.machine();
    plant.run('cpu');
    work(plant, 0, { received: 100, completed: 1, serviceMs: 5000 });
    plant.parts.monitor.upTo(seconds(1) - 1);
    expect(plant.state.instances.replicas[0]).toBe(0);
    plant.parts.monitor.upTo(seconds(1));
    expect(plant.state.instances.replicas[0]).toBe(1);
    expect(figures(plant)).toMatchObject({ qps: 0, batch: 0, flagged: false });
    plant.parts.monitor.upTo(seconds(2));
    expect(figures(plant)).toMatchObject({ qps: 0, inFlight: 99, flagged: true });
  });

  test('rates are requests, latencies those that ended, batches inputs a request', () => {
    const plant = watched();
    plant.run('cpu', 0, { now: seconds(1) });
    work(plant, 0, { received: 3, inputs: 7, completed: 2, serviceMs: 300 });
    work(plant, 1, { received: 1, inputs: 1, completed: 1, serviceMs: 600 });
    plant.parts.monitor.upTo(seconds(2));
    expect(figures(plant)).toMatchObject({ qps: 4, batch: 2, latencyMs: 400, inFlight: 1 });
    expect(plant.state.instances.replicas[0]).toBe(2);
  });

  test('rates are per second of the time that passed', () => {
    const plant = watched();
    work(plant, 0, { received: 5 });
    plant.parts.monitor.upTo(seconds(3));
    expect(figures(plant).qps).toBe(2.5);
  });

  test('a mean batch is exact, and rounded down under the bug', () => {
    for (const [bugAverageBatchFloor, batch] of [
      [false, 1.75],
      [true, 1],
    ] as const) {
      const plant = watched([CPU], { bugAverageBatchFloor });
      work(plant, 0, { received: 4, inputs: 7 });
      plant.parts.monitor.upTo(seconds(2));
      expect(figures(plant).batch).toBe(batch);
    }
  });

  test.each([
    ['cpu', CPU, 15],
    ['gpu', GPU, 1.5],
  ] as const)('an idle interval keeps the batch and divides the latency on a %s', (_name, sketch, decay) => {
    const plant = watched([sketch]);
    work(plant, 0, { received: 2, inputs: 4, completed: 2, serviceMs: 30 });
    plant.parts.monitor.upTo(seconds(2));
    plant.parts.monitor.upTo(seconds(3));
    expect(figures(plant)).toMatchObject({ qps: 0, batch: 2, latencyMs: 30 / decay });
  });

  test('what was given back or timed out is not in flight', () => {
    const plant = watched();
    work(plant, 0, { received: 5 });
    plant.fleet.outstanding[0] = 2;
    plant.parts.monitor.upTo(seconds(2));
    expect(figures(plant).inFlight).toBe(2);
  });

  test.each([
    [false, 400],
    [true, 0],
  ])(
    'objectives are averaged over the requests dispatched; without any they stand, or are 0 under the bug',
    (...of) => {
      const [bugIdleSlo, idleMs] = of;
      const plant = watched([CPU], { bugIdleSlo });
      const send = (query: QuerySketch): string => plant.dispatch('cpu', query, seconds(1.5));
      send({ latencyMs: 300 });
      send({ latencyMs: 500 });
      plant.parts.monitor.upTo(seconds(2));
      expect(figures(plant).sloMs).toBe(400);
      plant.parts.monitor.upTo(seconds(3));
      expect(figures(plant).sloMs).toBe(idleMs);
    },
  );

  test('the wait for a load is part of the latency, of as many as have ended', () => {
    const plant = new Plant([GPU]);
    plant.machine(GPU_HOST);
    plant.parts.monitor.upTo(seconds(1));
    const slots = [0, 1, 2, 3].map(() => plant.open(3));
    for (const slot of slots) plant.route(slot, 'gpu', seconds(1));
    plant.place('gpu', seconds(1));
    plant.fleet.setState(0, READY, seconds(1.4));
    expect(slots.map((slot) => plant.route(slot, 'gpu', seconds(1.4)))).toEqual(slots.map(() => 'worker 0'));
    work(plant, 0, { received: 4, completed: 1, serviceMs: 20 });
    plant.parts.monitor.upTo(seconds(2));
    expect(figures(plant).latencyMs).toBeCloseTo(420, 9);
    work(plant, 0, { received: 3, completed: 6, serviceMs: 20 });
    plant.parts.monitor.upTo(seconds(3));
    expect(figures(plant).latencyMs).toBeCloseTo(20 + 200, 9);
    work(plant, 0, { received: 1, completed: 1, serviceMs: 20 });
    plant.parts.monitor.upTo(seconds(4));
    expect(figures(plant).latencyMs).toBeCloseTo(20, 9);
  });

  test('an instance without replicas is forgotten', () => {
    const plant = watched();
    work(plant, 0, { received: 50 });
    plant.parts.monitor.upTo(seconds(2));
    expect(figures(plant)).toMatchObject({ qps: 50, flagged: true });
    plant.stop(0, seconds(2));
    plant.parts.monitor.upTo(seconds(3));
    expect(figures(plant)).toEqual({ qps: 0, batch: 0, latencyMs: 0, inFlight: 0, flagged: false, sloMs: 0 });
    expect(plant.state.instances.replicas[0]).toBe(0);
  });

  test('a worker number that is used again starts from nothing', () => {
    const plant = watched();
    work(plant, 0, { received: 50, completed: 50, serviceMs: 100 });
    plant.parts.monitor.upTo(seconds(2));
    plant.stop(0, seconds(2));
    expect(plant.run('cpu', 0, { now: seconds(2) })).toBe(0);
    work(plant, 0, { received: 3 });
    plant.parts.monitor.upTo(seconds(3));
    expect(figures(plant).qps).toBe(3);
  });
});

describe('flags', () => {
  test('are set by the figures of the interval and taken back when it has recovered', () => {
    const plant = watched();
    // 250 ms predicted: 4.4 in flight are too many for one replica.
    work(plant, 0, { received: 5 });
    plant.parts.monitor.upTo(seconds(2));
    expect(figures(plant).flagged).toBe(true);
    work(plant, 0, { completed: 1, serviceMs: 374 });
    plant.parts.monitor.upTo(seconds(3));
    expect(figures(plant).flagged).toBe(false);
  });

  test('are told to the signals for every worker of the instance, and taken back', () => {
    const plant = watched([CPU, GPU]);
    plant.run('cpu', 0, { now: seconds(1) });
    work(plant, 0, { received: 10 });
    plant.parts.monitor.upTo(seconds(2));
    expect([...plant.signals.flaggedWorkers]).toEqual([0, 2]);
    plant.stop(2, seconds(2));
    work(plant, 0, { completed: 10, serviceMs: 1 });
    plant.parts.monitor.upTo(seconds(3));
    expect([...plant.signals.flaggedWorkers]).toEqual([]);
  });
});

describe('the sign that accelerators are hardly used', () => {
  // 20 ms predicted for one input: 50 requests a second at most, 3 % of which are 1.5.
  const idle = (plant: Plant, requests = 1, latencyMs = 201, atS = 1.5): void => {
    for (let i = 0; i < requests; i += 1) plant.dispatch('gpu', { latencyMs }, seconds(atS));
    work(plant, 0, { received: requests, completed: requests, serviceMs: 20 });
    plant.parts.monitor.upTo(seconds(Math.ceil(atS)));
  };

  test('is set where every accelerator instance of the architecture is, and not below the objective', () => {
    const plant = watched([GPU]);
    idle(plant);
    expect(plant.state.isScaledown(0, 0)).toBe(true);
    const tight = watched([GPU]);
    idle(tight, 1, 200);
    expect(tight.state.isScaledown(0, 0)).toBe(false);
    const busy = watched([GPU]);
    idle(busy, 2);
    expect(busy.state.isScaledown(0, 0)).toBe(false);
  });

  test('is not set where a CPU variant of the architecture runs', () => {
    const plant = watched([GPU, CPU]);
    idle(plant);
    expect(plant.state.isScaledown(0, 0)).toBe(false);
  });

  test('is not set while another accelerator instance is used', () => {
    const plant = watched([GPU, { ...GPU, name: 'other' }]);
    idle(plant);
    expect(plant.state.isScaledown(0, 0)).toBe(false);
  });

  test('is set for its machine and its architecture only', () => {
    const plant = new Plant([GPU, { ...GPU, name: 'elsewhere', architecture: 'other' }]);
    plant.machine(GPU_HOST);
    plant.machine(CPU_HOST);
    plant.run('gpu');
    plant.parts.monitor.upTo(seconds(1));
    idle(plant);
    expect([plant.state.isScaledown(0, 0), plant.state.isScaledown(0, 1), plant.state.isScaledown(1, 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('is taken back when they are used again, and stands under the bug', () => {
    for (const bugScaledownNeverCleared of [false, true]) {
      const plant = watched([GPU], { bugScaledownNeverCleared });
      idle(plant);
      idle(plant, 2, 201, 2.5);
      expect(plant.state.isScaledown(0, 0)).toBe(bugScaledownNeverCleared);
    }
  });

  test('is taken back by a load of the architecture, under the bug as well', () => {
    const plant = watched([GPU, { ...CPU, name: 'late' }], { bugScaledownNeverCleared: true });
    plant.stop(1, seconds(1));
    idle(plant);
    expect(plant.state.isScaledown(0, 0)).toBe(true);
    plant.run('late', 0, { now: seconds(2.5) });
    plant.parts.monitor.upTo(seconds(3));
    expect(plant.state.isScaledown(0, 0)).toBe(false);
  });
});

describe('every two and a half seconds', () => {
  test('the utilisation of machines is refreshed, cores as the mean of their samples', () => {
    const plant = new Plant([CPU, GPU]);
    plant.machine(GPU_HOST);
    const { machineCores } = plant.fleet.sampled;
    plant.fleet.sampled.refreshes = 1;
    for (const [second, share] of [0.2, 0.4, 0.6].entries()) {
      expect(plant.state.machineUtil(0).cpuPercent).toBe(0);
      machineCores[0] = share;
      plant.run('gpu', 0, { now: seconds(second) });
      plant.parts.monitor.upTo(seconds(second + 1));
    }
    expect(plant.state.machineUtil(0).cpuPercent).toBeCloseTo(40, 12);
    expect(plant.state.machineUtil(0).gpuPercent).toBeCloseTo(18.75, 12);
    machineCores[0] = 0.8;
    plant.parts.monitor.upTo(seconds(4));
    expect(plant.state.machineUtil(0).cpuPercent).toBeCloseTo(40, 12);
    plant.parts.monitor.upTo(seconds(5));
    expect(plant.state.machineUtil(0).cpuPercent).toBeCloseTo(80, 12);
  });

  test('reserved cores stand in where the monitor of the service is off', () => {
    const plant = watched([CPU, CPU_TWO]);
    plant.parts.monitor.upTo(seconds(3));
    expect(plant.state.machineUtil(0).cpuPercent).toBeCloseTo(37.5, 12);
  });

  test('a monitor that is asked late is on time again', () => {
    const plant = watched();
    plant.parts.monitor.upTo(seconds(2.4));
    work(plant, 0, { received: 6 });
    plant.parts.monitor.upTo(seconds(3) - 1);
    expect(figures(plant).qps).toBe(0);
    plant.parts.monitor.upTo(seconds(3));
    expect(figures(plant).qps).toBeCloseTo(10, 12);
  });

  test('a machine that joins is unused until then', () => {
    const plant = watched([GPU]);
    plant.parts.monitor.upTo(seconds(3));
    expect(plant.state.machineUtil(0).gpuPercent).toBeCloseTo(6.25, 12);
    plant.machine(GPU_HOST);
    expect(plant.state.machineUtil(1)).toEqual({ cpuPercent: 0, gpuPercent: 0, inferentiaPercent: 101 });
    expect([...plant.state.machines.order[1].subarray(0, 2)]).toEqual([1, 0]);
  });
});
