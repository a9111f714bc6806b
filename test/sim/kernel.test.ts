/** The kernel: one total order, mail before the next event, no way back in time, and a name for every ending. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEVER, PHASE_ARRIVALS, SCHEDULER } from '../../core/index.ts';
import type { Address, Message, Phase } from '../../core/index.ts';
import { Kernel } from '../../sim/kernel.ts';
import type { Bounds, Simulated } from '../../sim/kernel.ts';
import { ListedWorkload, arrivalsAt } from '../fixtures/workloads.ts';

const UNBOUNDED: Bounds = { untilNs: NEVER, eventsMax: 1_000_000, openMax: 1_000_000 };

/** A message that is nothing but a number. */
function note(slot: number): Message {
  return { type: 'request.returned', slot };
}

/** Writes down what is delivered; requests stay open until the script ends them. */
class Script implements Simulated {
  readonly kernel: Kernel;
  readonly workload: ListedWorkload;
  readonly log: string[] = [];
  open = 0;
  private ordinal = -1;
  private readonly react: (slot: number, script: Script) => void;

  constructor(workload = arrivalsAt(), bounds: Partial<Bounds> = {}, react: Script['react'] = () => {}) {
    this.workload = workload;
    this.kernel = new Kernel(workload, { ...UNBOUNDED, ...bounds });
    this.react = react;
  }

  deliver(to: Address, message: Message): void {
    const slot = 'slot' in message ? message.slot : -1;
    this.log.push(
      message.type === 'request.arrived' ? `${this.kernel.now} arrival ${slot}` : `${this.kernel.now} ${to}:${slot}`,
    );
    this.react(slot, this);
  }

  arrive(): Message {
    this.ordinal += 1;
    this.open += 1;
    this.workload.advance();
    return { type: 'request.arrived', slot: this.ordinal };
  }

  openRequests(): number {
    return this.open;
  }

  lastOrdinal(): number {
    return this.ordinal;
  }

  at(atNs: number, slot: number, phase: Phase = 2, to: Address = 7): number {
    return this.kernel.schedule(atNs, phase, to, note(slot));
  }
}

/** A script that keeps one request open until its last event ends it. */
function scripted(
  last: number,
  plan: (script: Script) => void,
  react: (slot: number, script: Script) => void = () => {},
): string[] {
  const script = new Script(arrivalsAt(0), {}, (slot, it) => {
    if (slot === last) it.open = 0;
    react(slot, it);
  });
  plan(script);
  expect(script.kernel.run(script)).toBe('drained');
  return script.log.slice(1);
}

describe('order', () => {
  test('is by time, then phase, then sequence', () => {
    const log = scripted(9, (script) => {
      script.at(20, 5, 0);
      script.at(10, 1, 3);
      script.at(10, 2, 0);
      script.at(10, 3, 3);
      script.at(10, 4, 2);
      script.at(30, 9);
    });
    expect(log).toEqual(['10 7:2', '10 7:4', '10 7:1', '10 7:3', '20 7:5', '30 7:9']);
  });

  test('puts arrivals after control ticks and before samples of their instant', () => {
    const script = new Script(arrivalsAt(10));
    for (const phase of [5, 4, 3, 0] as const) script.at(10, phase, phase);
    script.kernel.run(script);
    expect(script.log).toEqual(['10 7:0', '10 7:3', '10 7:4', '10 arrival 0', '10 7:5']);
    expect(PHASE_ARRIVALS).toBe(4);
  });

  test('is total: any schedule is delivered as a sorted list would be', () => {
    const event = fc.tuple(fc.nat(30), fc.constantFrom<Phase>(0, 1, 2, 3, 5));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.array(fc.nat(30), { maxLength: 20 }), (events, arrivals) => {
        const script = new Script(arrivalsAt(...[...arrivals].sort((a, b) => a - b), 31));
        for (const [index, [atNs, phase]] of events.entries()) script.at(atNs, index, phase);
        script.at(40, 999);
        script.kernel.run(script);
        const expected = [
          ...events.map(([atNs, phase], index) => ({ atNs, phase, index, text: `${atNs} 7:${index}` })),
          ...[...arrivals]
            .sort((a, b) => a - b)
            .map((atNs, index) => ({ atNs, phase: 4, index, text: `${atNs} arrival ${index}` })),
        ].sort((a, b) => a.atNs - b.atNs || a.phase - b.phase || a.index - b.index);
        expect(script.log.slice(0, expected.length)).toEqual(expected.map(({ text }) => text));
      }),
      { seed: 20_260_322, numRuns: 200 },
    );
  });
});

describe('mail', () => {
  test('is delivered at its instant, first in first out, before the next event', () => {
    const log = scripted(
      9,
      (script) => {
        script.at(10, 1);
        script.at(10, 2);
        script.at(20, 9);
      },
      (slot, { kernel }) => {
        if (slot === 1) for (const reply of [100, 101]) kernel.send(3, note(reply));
        if (slot === 100) kernel.send(4, note(200));
      },
    );
    expect(log).toEqual(['10 7:1', '10 3:100', '10 3:101', '10 4:200', '10 7:2', '20 7:9']);
  });

  test('is no event: it has no sequence number and counts for no bound', () => {
    const script = new Script(arrivalsAt(0), { eventsMax: 2 }, (slot, { kernel }) => {
      if (slot < 50) kernel.send(3, note(slot + 1));
    });
    expect(script.kernel.run(script)).toBe('stuck');
    expect([script.kernel.events, script.log.length]).toEqual([1, 51]);
  });

  test('sent before the run is delivered before the first event', () => {
    const script = new Script(arrivalsAt(0));
    script.kernel.send(3, note(5));
    script.kernel.run(script);
    expect(script.log).toEqual(['0 3:5', '0 arrival 0']);
  });
});

describe('timers', () => {
  test('at the instant they are set fire after the mail of that instant', () => {
    const log = scripted(
      9,
      (script) => script.at(10, 1),
      (slot, script) => {
        if (slot !== 1) return;
        script.at(10, 9);
        script.kernel.send(3, note(2));
      },
    );
    expect(log).toEqual(['10 7:1', '10 3:2', '10 7:9']);
  });

  test('cannot be set in the past, nor at no time at all', () => {
    const script = new Script(arrivalsAt(100), {}, (_slot, it) => it.at(99, 1));
    expect(() => script.kernel.run(script)).toThrow('cannot schedule request.returned at 99 from 100');
    expect(() => new Script().at(Number.NaN, 1)).toThrow('cannot schedule request.returned at NaN from 0');
  });

  test('that are cancelled never fire and are no events; cancelling twice or too late is harmless', () => {
    const script = new Script(arrivalsAt(0), {}, (slot, it) => {
      if (slot !== 1) return;
      it.kernel.cancel(later);
      it.kernel.cancel(first);
    });
    const first = script.at(10, 1);
    const later = script.at(20, 2);
    const cancelled = script.at(5, 3);
    script.kernel.cancel(cancelled);
    script.kernel.cancel(cancelled);
    expect(script.kernel.run(script)).toBe('stuck');
    expect(script.log).toEqual(['0 arrival 0', '10 7:1']);
    expect([script.kernel.events, script.kernel.calendar.dropped]).toEqual([2, 2]);
  });
});

describe('the clock', () => {
  test('stops the run when a workload would turn it back', () => {
    const script = new Script(arrivalsAt(50, 20));
    expect(() => script.kernel.run(script)).toThrow('the clock would go back from 50 to 20');
  });

  test('stands at the last event when the run ends', () => {
    const script = new Script(arrivalsAt(30), {}, (_slot, it) => {
      it.open = 0;
    });
    script.at(400, 1);
    expect(script.kernel.run(script)).toBe('drained');
    expect(script.kernel.now).toBe(30);
  });
});

describe('an ending', () => {
  const endings: readonly [string, Partial<Bounds>, readonly number[]][] = [
    ['drained', {}, []],
    ['stuck', {}, [10]],
    ['time-limit', { untilNs: 15 }, [10, 20]],
    ['event-limit', { eventsMax: 1 }, [10, 20]],
    ['open-request-limit', { openMax: 1 }, [10, 20, 30]],
  ];

  test.each(endings)('is %s under bounds %j', (name, bounds, arrivals) => {
    const script = new Script(arrivalsAt(...arrivals), bounds);
    expect(script.kernel.run(script)).toBe(name);
  });

  test('by time comes after the events of the limit itself', () => {
    const script = new Script(arrivalsAt(10, 20), { untilNs: 20 });
    expect(script.kernel.run(script)).toBe('stuck');
    expect(script.log).toEqual(['10 arrival 0', '20 arrival 1']);
  });

  test('waits for a closed loop: nothing is over while a request is open', () => {
    const workload = new ListedWorkload([{ atNs: 0 }]);
    const script = new Script(workload, {}, (slot, it) => {
      if (slot !== 7) return;
      it.open = 0;
      workload.next.atNs = 50;
    });
    script.at(20, 7);
    expect(script.kernel.run(script)).toBe('stuck');
    expect(script.log).toEqual(['0 arrival 0', '20 7:7', '50 arrival 1']);
  });
});

describe('the digest', () => {
  const digestOf = (plan: (script: Script) => void, arrivals = [5]): string => {
    const script = new Script(arrivalsAt(...arrivals));
    plan(script);
    script.kernel.run(script);
    return script.kernel.digest.toString();
  };
  const base = (script: Script): void => void [script.at(10, 1), script.at(20, 2)];

  test('is equal for equal runs', () => {
    expect(digestOf(base)).toBe(digestOf(base));
  });

  test.each<[string, (script: Script) => void, number[]?]>([
    ['time', (script) => [script.at(10, 1), script.at(21, 2)]],
    ['target', (script) => [script.at(10, 1), script.at(20, 2, 2, SCHEDULER)]],
    ['order', (script) => [script.at(20, 2), script.at(10, 1)]],
    ['arrival', base, [6]],
    ['number of events', (script) => [script.at(10, 1), script.at(20, 2), script.at(30, 3)]],
    ['cancelled event before another', (script) => [script.kernel.cancel(script.at(1, 9)), base(script)]],
  ])('changes with one %s', (_what, plan, arrivals) => {
    expect(digestOf(plan, arrivals)).not.toBe(digestOf(base));
  });
});
