import { describe, expect, test } from 'vitest';
import { DRAINING, MACHINE_DRAINING, NONE, READY, milliseconds, seconds } from '../../../../core/index.ts';
import { FREE_SLACK } from '../../../../core/policies/infaas/machine-book.ts';
import { CPU_HOST, GPU_HOST, INF_HOST, Plant } from './plant.ts';
import type { Sketch } from './plant.ts';

const CPU: Sketch = { name: 'cpu', on: 'cpu', slope: 100 };
const GPU: Sketch = { name: 'gpu', on: 'gpu', slope: 1, intercept: 2 };
const NEURON: Sketch = { name: 'neuron', on: 'inferentia', slope: 22, maxBatch: 1 };

/** GPU utilisation by machine in percent, and that of cores, as they were last measured. */
function measured(plant: Plant, cpuPercent: readonly number[]): void {
  plant.state.machines.refresh((machine) => cpuPercent[machine]);
}

const times = (count: number, ask: () => string): string[] => Array.from({ length: count }, ask);

describe('a variant that runs goes', () => {
  const threeOf = (mode: string, flags: readonly boolean[] = [], count = 5): Plant => {
    const plant = new Plant([CPU], { mode });
    plant.machines(count);
    // Worker i on machine i; the fewest requests on machine 4.
    for (let i = 0; i < count; i += 1) plant.run('cpu', i, { qps: 9 - i, flagged: flags[i] === true });
    return plant;
  };

  test('to the machine with the fewest requests', () => {
    expect(threeOf('all').dispatch('cpu')).toBe('worker 4');
  });

  test('to the lowest number of equals', () => {
    const plant = new Plant([CPU], { mode: 'all' });
    plant.machines(3);
    for (const machine of [2, 1]) plant.run('cpu', machine);
    expect(plant.dispatch('cpu')).toBe('worker 1');
  });

  test.each(['gpu-share-trigger', 'cpu-blacklist-check', 'gpu-share-trigger-skip-blacklist'])(
    'to any of the three with the fewest in mode %s',
    (mode) => {
      const plant = threeOf(mode);
      const counts = new Map<string, number>();
      for (const answer of times(600, () => plant.dispatch('cpu'))) {
        counts.set(answer, (counts.get(answer) ?? 0) + 1);
        plant.state.machines.follow();
      }
      expect([...counts.keys()].sort()).toEqual(['worker 2', 'worker 3', 'worker 4']);
    },
  );

  test('past a machine where it is overloaded, but in mode gpu-share-trigger-skip-blacklist', () => {
    const flags = [false, false, false, false, true];
    expect(threeOf('all', flags).dispatch('cpu')).toBe('worker 3');
    const skipping = threeOf('gpu-share-trigger-skip-blacklist', flags);
    expect(times(50, () => skipping.dispatch('cpu'))).toContain('worker 4');
    const sharing = threeOf('gpu-share-trigger', flags);
    expect(times(50, () => sharing.dispatch('cpu'))).not.toContain('worker 4');
  });

  test('by utilisation when it is overloaded on all three', () => {
    const plant = threeOf('all', [false, false, true, true, true]);
    // The least used CPU first, though it has the most requests.
    expect(plant.dispatch('cpu')).toBe('worker 0');
  });

  test('past a machine that is blacklisted, for two seconds to the nanosecond', () => {
    const plant = threeOf('all');
    plant.state.executorBlacklist(4, 0);
    expect(plant.dispatch('cpu', {}, seconds(0.9))).toBe('worker 3');
    expect(plant.state.machines.isBlacklisted(4, seconds(2) - 1)).toBe(true);
    expect(plant.state.machines.isBlacklisted(4, seconds(2))).toBe(false);
  });

  test('by utilisation where selection counts it as not running', () => {
    const plant = new Plant([GPU], { mode: 'all' });
    plant.machines(2, GPU_HOST);
    plant.run('gpu', 1, { flagged: true });
    const slot = plant.open(1, { latencyMs: 50 });
    expect(plant.parts.selection.select(slot, 0)).toBe(0);
    expect(['start', 'worker 0']).toContain(plant.route(slot, 'gpu'));
  });
});

test('the machines of a variant are those with a ready replica, whatever came and went', () => {
  const plant = new Plant([CPU]);
  plant.machines(3);
  const hosts = (): number[] => {
    const ids = plant.state.hosts.of(0);
    return Array.from({ length: ids.length }, (_, i) => ids.at(i));
  };
  expect(hosts()).toEqual([]);
  const first = plant.run('cpu', 2);
  plant.run('cpu', 0);
  const second = plant.run('cpu', 2);
  plant.load('cpu', 1);
  expect(hosts()).toEqual([0, 2]);
  plant.stop(first);
  expect(hosts()).toEqual([0, 2]);
  plant.stop(second);
  expect(hosts()).toEqual([0]);
  expect(plant.run('cpu', 1)).toBe(first);
  expect(hosts()).toEqual([0, 1]);
});

describe('the replica on the machine', () => {
  test('takes turns on CPUs, each machine by itself', () => {
    const plant = new Plant([CPU], { mode: 'all' });
    plant.machines(2);
    for (const machine of [0, 1, 0, 1, 0]) plant.run('cpu', machine, { qps: machine });
    expect(times(4, () => plant.dispatch('cpu'))).toEqual(['worker 0', 'worker 2', 'worker 4', 'worker 0']);
    plant.fleet.setState(2, DRAINING, 0);
    expect(times(3, () => plant.dispatch('cpu'))).toEqual(['worker 4', 'worker 0', 'worker 4']);
  });

  test('is drawn on Inferentia, each with the same probability', () => {
    const plant = new Plant([NEURON], { mode: 'all' });
    plant.machine(INF_HOST);
    for (let i = 0; i < 3; i += 1) plant.run('neuron');
    const answers = times(900, () => plant.dispatch('neuron'));
    // 300 expected each, standard deviation 14.
    for (let worker = 0; worker < 3; worker += 1) {
      const count = answers.filter((answer) => answer === `worker ${worker}`).length;
      expect(Math.abs(count - 300)).toBeLessThan(75);
    }
  });

  test('is the one with least to do on a GPU', () => {
    const plant = new Plant([GPU], { mode: 'all' });
    plant.machine(GPU_HOST);
    for (let i = 0; i < 3; i += 1) plant.run('gpu');
    plant.fleet.outstanding.set([5, 2, 2]);
    expect(times(2, () => plant.dispatch('gpu'))).toEqual(['worker 1', 'worker 1']);
  });
});

describe('by utilisation', () => {
  test('a CPU variant goes to the least used cores, not to those picked last', () => {
    const plant = new Plant([
      { ...CPU, name: 'a' },
      { ...CPU, name: 'b' },
      { ...CPU, name: 'c' },
    ]);
    plant.machines(3);
    measured(plant, [30, 10, 20]);
    const placed = ['a', 'b', 'c'].map((name) => {
      expect(plant.dispatch(name)).toBe('start');
      return plant.place(name);
    });
    expect(placed).toEqual([1, 2, 1]);
  });

  test.each([
    [15, 'start', 14],
    [16, 'start', NONE],
  ])(
    'of %i machines, all but the most used full, the %s goes to %i: fifteen are looked at',
    (count, answer, machine) => {
      const plant = new Plant([CPU]);
      plant.machines(count);
      measured(
        plant,
        Array.from({ length: count }, (_, i) => i + 1),
      );
      plant.fleet.machines.coresFree.fill(0, 0, count - 1);
      expect(plant.dispatch('cpu')).toBe(answer);
      expect(plant.place('cpu')).toBe(machine);
    },
  );

  test('to those picked last when no others have room', () => {
    const plant = new Plant([
      { ...CPU, name: 'a' },
      { ...CPU, name: 'b' },
    ]);
    plant.machine();
    expect(plant.dispatch('a')).toBe('start');
    plant.place('a');
    expect(plant.dispatch('b')).toBe('start');
    expect(plant.place('b')).toBe(0);
  });

  test('a GPU variant goes to a GPU, an Inferentia variant to an Inferentia', () => {
    const plant = new Plant([GPU, NEURON]);
    for (const type of [CPU_HOST, INF_HOST, GPU_HOST, CPU_HOST]) plant.machine(type);
    expect(plant.dispatch('gpu')).toBe('start');
    expect(plant.place('gpu')).toBe(2);
    expect(plant.dispatch('neuron')).toBe('start');
    expect(plant.place('neuron')).toBe(1);
  });

  test('a GPU variant draws among the ten least used GPUs that are among the fifteen least used CPUs', () => {
    const reached = new Set<number>();
    for (let seed = 0; seed < 300; seed += 1) {
      const plant = new Plant([GPU], {}, `seed ${seed}`);
      plant.machines(17, GPU_HOST);
      // Cores: machines 0 and 1 are the most used of 17. GPUs are all unused: 0 to 9 come first.
      measured(
        plant,
        Array.from({ length: 17 }, (_, machine) => (machine < 2 ? 90 : 10)),
      );
      plant.dispatch('gpu');
      reached.add(plant.place('gpu'));
    }
    expect([...reached].sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('memory in use counts as the utilisation of a GPU', () => {
    const plant = new Plant([GPU, { ...GPU, name: 'other' }]);
    plant.machines(11, GPU_HOST);
    plant.run('other', 0);
    measured(
      plant,
      Array.from({ length: 11 }, () => 10),
    );
    expect(plant.state.machineUtil(0)).toEqual({ cpuPercent: 10, gpuPercent: 6.25, inferentiaPercent: 101 });
    const order = [...plant.state.machines.order[1].subarray(0, 11)];
    expect(order).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]);
  });

  test('reserved NeuronCores count as that of an Inferentia, 101 stands for none', () => {
    const plant = new Plant([NEURON]);
    plant.machine(INF_HOST);
    plant.machine();
    plant.run('neuron');
    measured(plant, [0, 0]);
    expect(plant.state.machineUtil(0)).toEqual({ cpuPercent: 0, gpuPercent: 101, inferentiaPercent: 25 });
    expect(plant.state.machineUtil(1)).toEqual({ cpuPercent: 0, gpuPercent: 101, inferentiaPercent: 101 });
  });

  test('a measurement that is not above zero leaves what was measured before', () => {
    const plant = new Plant([CPU]);
    plant.machine();
    measured(plant, [40]);
    measured(plant, [0]);
    expect(plant.state.machineUtil(0).cpuPercent).toBe(40);
  });

  test('a machine without room is passed over', () => {
    const plant = new Plant([CPU, { ...CPU, name: 'large', cores: 8 }]);
    plant.machines(2);
    plant.run('large', 0);
    expect(plant.dispatch('cpu')).toBe('start');
    expect(plant.place('cpu')).toBe(1);
  });

  test('a variant that fits nowhere starts without a place, and finds none', () => {
    const plant = new Plant([GPU]);
    plant.machine();
    expect(plant.dispatch('gpu')).toBe('start');
    expect(plant.place('gpu')).toBe(NONE);
  });

  test('an overloaded variant that fits nowhere else is served where it runs', () => {
    const plant = new Plant([GPU], { mode: 'all' });
    plant.machines(2, GPU_HOST);
    plant.run('gpu', 0, { flagged: true });
    plant.fleet.machines.deviceMemoryFreeBytes[1] = 0;
    expect(times(20, () => plant.dispatch('gpu'))).toEqual(times(20, () => 'worker 0'));
  });
});

describe('a cold variant', () => {
  test('is started once, and what follows waits for it', () => {
    const plant = new Plant([GPU]);
    plant.machines(4, GPU_HOST);
    expect(plant.dispatch('gpu')).toBe('start');
    expect(plant.dispatch('gpu')).toBe('hold');
    plant.place('gpu');
    expect(times(20, () => plant.dispatch('gpu'))).toEqual(times(20, () => 'hold'));
  });

  test('is asked for again when the start found no room', () => {
    const plant = new Plant([GPU]);
    plant.machine();
    expect(plant.dispatch('gpu')).toBe('start');
    plant.place('gpu');
    expect(plant.dispatch('gpu')).toBe('start');
  });

  test('is asked for again after a second that nobody claimed it', () => {
    const plant = new Plant([GPU]);
    plant.machine(GPU_HOST);
    expect(plant.dispatch('gpu')).toBe('start');
    expect(plant.dispatch('gpu', {}, seconds(1) - 1)).toBe('hold');
    expect(plant.dispatch('gpu', {}, seconds(1))).toBe('start');
  });

  test('is loaded on several machines under the bug', () => {
    const plant = new Plant([GPU], { bugColdHerding: true });
    plant.machines(4, GPU_HOST);
    const placed = new Set<number>();
    for (let i = 0; i < 40; i += 1) if (plant.dispatch('gpu') === 'start') placed.add(plant.place('gpu'));
    expect(placed).toEqual(new Set([0, 1, 2, 3]));
  });

  test('serves what was held for it when it is ready', () => {
    const plant = new Plant([GPU]);
    plant.machine(GPU_HOST);
    const slot = plant.open(3);
    plant.parts.selection.select(slot, 0);
    expect(plant.route(slot, 'gpu')).toBe('start');
    plant.place('gpu');
    plant.fleet.setState(0, READY, seconds(0.5));
    expect(plant.route(slot, 'gpu', seconds(0.5))).toBe('worker 0');
  });

  test('waits for its own machine while another becomes ready, and goes there when its own is lost', () => {
    const plant = new Plant([GPU], { bugColdHerding: true });
    plant.machines(2, GPU_HOST);
    const slotOn = new Map<number, number>();
    while (slotOn.size < 2) {
      const slot = plant.open(3);
      if (plant.route(slot, 'gpu') === 'start') slotOn.set(plant.place('gpu'), slot);
    }
    const [mine, other] = [...slotOn.entries()];
    const [mineLoads, otherLoads] = [plant.fleet.loading(0).at(0), plant.fleet.loading(0).at(1)];
    plant.fleet.setState(otherLoads, READY, 0);
    expect(plant.fleet.machine[otherLoads]).toBe(other[0]);
    expect(plant.route(mine[1], 'gpu')).toBe('hold');
    expect(plant.route(other[1], 'gpu')).toBe(`worker ${otherLoads}`);
    plant.fleet.machines.setState(mine[0], MACHINE_DRAINING, 0);
    plant.stop(mineLoads);
    expect(plant.route(mine[1], 'gpu')).toBe(`worker ${otherLoads}`);
  });

  test('is started elsewhere when its machine is overloaded, and what follows waits for that', () => {
    const plant = new Plant([GPU], { mode: 'all' });
    plant.machines(2, GPU_HOST);
    plant.run('gpu', 0, { flagged: true });
    const answers = times(40, () => plant.dispatch('gpu'));
    expect(new Set(answers)).toEqual(new Set(['worker 0', 'start', 'hold']));
    expect(answers.filter((answer) => answer === 'start')).toHaveLength(1);
    expect(plant.place('gpu')).toBe(1);
  });
});

describe('placement', () => {
  test('of the first workers takes the first machine of their hardware, CPU-only for CPU variants', () => {
    const plant = new Plant([CPU, GPU, NEURON]);
    for (const type of [GPU_HOST, INF_HOST, CPU_HOST, CPU_HOST]) plant.machine(type);
    expect(['cpu', 'gpu', 'neuron'].map((name) => plant.place(name))).toEqual([2, 0, 1]);
  });

  test('puts CPU variants beside accelerators where there is nothing else', () => {
    const plant = new Plant([CPU]);
    plant.machine(GPU_HOST);
    expect(plant.place('cpu')).toBe(0);
  });

  test('goes by utilisation once that is measured', () => {
    const plant = new Plant([CPU]);
    plant.machines(2);
    measured(plant, [50, 10]);
    expect(plant.place('cpu')).toBe(1);
  });

  test('finds another machine when the one that dispatch chose is full by now', () => {
    const plant = new Plant([{ ...CPU, cores: 8 }]);
    plant.machines(2);
    measured(plant, [10, 20]);
    expect(plant.dispatch('cpu')).toBe('start');
    plant.fleet.machines.coresFree[0] = 7;
    expect(plant.place('cpu')).toBe(1);
  });
});

describe('round-robin modes', () => {
  test('send every query to the next machine', () => {
    const plant = new Plant([CPU], { mode: 'round-robin' });
    plant.machines(3);
    for (const machine of [0, 1, 2]) plant.run('cpu', machine, { qps: 9 - machine });
    expect(times(4, () => plant.dispatch('cpu'))).toEqual(['worker 0', 'worker 1', 'worker 2', 'worker 0']);
  });

  test('load the variant on the next machine where it does not run', () => {
    const plant = new Plant([CPU], { mode: 'round-robin' });
    plant.machines(2);
    plant.run('cpu', 0);
    expect(plant.dispatch('cpu')).toBe('worker 0');
    expect(plant.dispatch('cpu')).toBe('start');
    expect(plant.place('cpu')).toBe(1);
  });

  test('keep each variant on one machine of its hardware', () => {
    const names = ['a', 'b', 'c'];
    const plant = new Plant([...names.map((name) => ({ ...CPU, name })), GPU], { mode: 'round-robin-static' });
    for (const type of [CPU_HOST, GPU_HOST, CPU_HOST]) plant.machine(type);
    const placed = [...names, 'gpu'].map((name) => {
      expect(plant.dispatch(name)).toBe('start');
      return plant.place(name);
    });
    expect(placed).toEqual([0, 2, 0, 1]);
    for (const worker of [0, 1, 2, 3]) plant.fleet.setState(worker, READY, 0);
    expect(times(3, () => plant.dispatch('b'))).toEqual(times(3, () => 'worker 1'));
  });

  test('begin with the machines that run the variant already', () => {
    const plant = new Plant([CPU], { mode: 'round-robin-static' });
    plant.machines(3);
    plant.run('cpu', 2);
    expect(plant.dispatch('cpu')).toBe('worker 0');
  });

  test.each([
    ['round-robin-static', 'worker 0', 0],
    ['round-robin-dynamic', 'start', 1],
  ])('%s answers an overloaded variant with %s, and goes on on machine %i', (mode, answer, machine) => {
    const plant = new Plant([CPU], { mode });
    plant.machines(2);
    plant.run('cpu', 0);
    expect(plant.dispatch('cpu')).toBe('worker 0');
    plant.state.instances.flagged[plant.state.instances.at(0, 0)] = 1;
    expect(plant.dispatch('cpu')).toBe(answer);
    expect(plant.place('cpu')).toBe(machine);
  });
});

describe('the guard of machines', () => {
  /** Dispatches to the one machine that runs the variant, the second machine being empty. */
  const dispatches = (count: number, gapNs: number, mode = 'all', type: number = CPU_HOST, others = 1): Plant => {
    const name = type === INF_HOST ? 'neuron' : 'cpu';
    const plant = new Plant([CPU, NEURON], { mode });
    plant.machine(type);
    plant.machines(others);
    plant.run(name, 0);
    for (let i = 0; i < count; i += 1) plant.dispatch(name, {}, i * gapNs);
    return plant;
  };
  const gap = seconds(1) - 1;

  test('leaves a machine alone from the 200th request in a row on, and not from the 199th', () => {
    expect(dispatches(199, milliseconds(1)).state.machines.isBlacklisted(0, milliseconds(199))).toBe(false);
    const plant = dispatches(200, milliseconds(1));
    expect(plant.state.machines.isBlacklisted(0, milliseconds(199))).toBe(true);
    expect(plant.state.machines.isBlacklisted(0, milliseconds(2199) - 1)).toBe(true);
    expect(plant.state.machines.isBlacklisted(0, milliseconds(2199))).toBe(false);
  });

  test('counts gaps below a second and not a whole one', () => {
    expect(dispatches(200, gap).state.machines.isBlacklisted(0, 199 * gap)).toBe(true);
    expect(dispatches(201, seconds(1)).state.machines.isBlacklisted(0, seconds(200))).toBe(false);
  });

  test('counts anew after a pause, from none', () => {
    const plant = dispatches(199, milliseconds(1));
    const again = (count: number): boolean => {
      for (let i = 0; i < count; i += 1) plant.dispatch('cpu', {}, seconds(2) + i * milliseconds(1));
      return plant.state.machines.isBlacklisted(0, seconds(2) + count * milliseconds(1));
    };
    expect(again(200)).toBe(false);
    plant.dispatch('cpu', {}, seconds(2) + 200 * milliseconds(1));
    expect(plant.state.machines.isBlacklisted(0, seconds(2.3))).toBe(true);
  });

  test('spares the only machine, and Inferentia', () => {
    const at = milliseconds(199);
    const alone = dispatches(200, milliseconds(1), 'all', CPU_HOST, 0);
    expect(alone.state.machines.isBlacklisted(0, at)).toBe(false);
    expect(dispatches(200, milliseconds(1), 'all', INF_HOST).state.machines.isBlacklisted(0, at)).toBe(false);
  });

  test.each([
    ['round-robin-dynamic', 200, CPU_HOST, 1, true],
    ['round-robin-dynamic', 199, CPU_HOST, 1, false],
    ['round-robin-dynamic', 200, CPU_HOST, 0, true],
    ['round-robin-dynamic', 200, INF_HOST, 1, true],
    ['round-robin-static', 200, CPU_HOST, 1, false],
  ])('in mode %s after %i requests to machine type %i beside %i others it asks for a machine: %s', (...of) => {
    const [mode, count, type, others, asks] = of;
    expect(dispatches(count, milliseconds(1), mode, type, others).state.flags.vmScale).toBe(asks);
  });
});

describe('a slack GPU', () => {
  /** Machine 0 is slack, machine 1 runs the variant. */
  const withSlack = (): Plant => {
    const plant = new Plant([GPU, { ...GPU, name: 'other' }, CPU], { slackGpu: 1 });
    plant.machines(2, GPU_HOST);
    plant.run('gpu', 1);
    return plant;
  };
  const busy = (plant: Plant, queries: number, gapNs = milliseconds(1)): string[] =>
    Array.from({ length: queries }, (_, i) => plant.dispatch('gpu', {}, i * gapNs));

  test('is left to nobody while it is free', () => {
    const plant = withSlack();
    expect(plant.state.machines.slack[0]).toBe(FREE_SLACK);
    expect(plant.dispatch('other')).toBe('start');
    expect(plant.place('other')).toBe(1);
    expect(plant.place('cpu')).toBe(1);
  });

  test('goes to the variant at its hundredth query in a row, not at the ninety-ninth', () => {
    const plant = withSlack();
    expect(new Set(busy(plant, 99))).toEqual(new Set(['worker 0']));
    expect(plant.state.flags.slackScale).toBe(false);
    expect(plant.dispatch('gpu', {}, milliseconds(99))).toBe('start');
    expect(plant.state.flags.slackScale).toBe(true);
    expect(plant.place('gpu')).toBe(0);
    expect(plant.dispatch('gpu', {}, seconds(10))).toBe('hold');
  });

  test('goes to nobody whose queries are a second apart', () => {
    const plant = withSlack();
    expect(new Set(busy(plant, 150, seconds(1)))).toEqual(new Set(['worker 0']));
  });

  test('is taken unchecked when it alone is among the least used by GPU and by cores', () => {
    const place = (busyCores: number): number => {
      const plant = new Plant([GPU], { slackGpu: 1 });
      plant.machines(2, GPU_HOST);
      plant.machines(22);
      // The ten least used GPUs are machines 0 to 9, the fifteen least used CPUs 0 and 10 to 23, or 1 instead of 23.
      measured(
        plant,
        Array.from({ length: 24 }, (_, machine) =>
          machine === 1 ? busyCores : machine === 0 || machine > 9 ? 10 : 90,
        ),
      );
      plant.dispatch('gpu');
      return plant.place('gpu');
    };
    expect(place(90)).toBe(0);
    expect(place(5)).toBe(1);
  });

  test('goes to no CPU variant', () => {
    const plant = withSlack();
    plant.run('cpu', 1);
    for (let i = 0; i < 150; i += 1) plant.dispatch('cpu', {}, i);
    expect(plant.state.machines.slack[0]).toBe(FREE_SLACK);
  });

  test('is the variant’s alone until it has left', () => {
    const plant = withSlack();
    busy(plant, 100);
    plant.place('gpu');
    const worker = plant.fleet.loading(0).at(0);
    plant.fleet.setState(worker, READY, milliseconds(101));
    expect(plant.dispatch('gpu', {}, milliseconds(102))).toBe(`worker ${worker}`);
    plant.parts.monitor.upTo(seconds(1));
    expect(plant.state.machines.slack[0]).toBe(0);
    plant.stop(worker, seconds(1));
    plant.parts.monitor.upTo(seconds(2));
    expect(plant.state.machines.slack[0]).toBe(FREE_SLACK);
  });

  test('that is missing at the hundredth query is asked for again a hundred queries later', () => {
    const plant = withSlack();
    plant.state.machines.reserve(0, 1);
    expect(busy(plant, 100)[99]).toBe('worker 0');
    plant.state.machines.slack[0] = FREE_SLACK;
    const later = Array.from({ length: 100 }, (_, i) => plant.dispatch('gpu', {}, milliseconds(100 + i)));
    expect(new Set(later.slice(0, 99))).toEqual(new Set(['worker 0']));
    expect(later[99]).toBe('start');
    expect(plant.state.flags.slackScale).toBe(true);
  });
});

test('the same queries on the same stream go to the same replicas', () => {
  const answers = ['one', 'one', 'two'].map((seed) => {
    const plant = new Plant([GPU], {}, seed);
    plant.machines(6, GPU_HOST);
    for (let machine = 0; machine < 6; machine += 1) plant.run('gpu', machine);
    return times(60, () => plant.dispatch('gpu'));
  });
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).not.toEqual(answers[0]);
});
