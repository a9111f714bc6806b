/** The request table: slots come back, ordinals do not, and growing loses nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NEVER, RequestTable, SERVED, emptyArrival } from '../../../core/index.ts';
import type { Arrival } from '../../../core/index.ts';

const CHECK = { seed: 20_260_305, numRuns: 100 };

function arrival(parts: Partial<Arrival> = {}): Arrival {
  return { ...emptyArrival(), atNs: 1000, ...parts };
}

/** What the ledger does when a request ends and nobody holds it. */
function close(table: RequestTable, slot: number): void {
  table.outcome[slot] = SERVED;
  table.open -= 1;
  table.release(slot);
}

describe('slots and ordinals', () => {
  test('a slot is used again, an ordinal never', () => {
    const table = new RequestTable(4);
    const first = table.openFor(arrival(), 1000);
    close(table, first);
    const second = table.openFor(arrival(), 2000);
    expect(second).toBe(first);
    expect(table.ordinal[second]).toBe(1);
    expect(table.opened).toBe(2);
  });

  test('open requests never share a slot, and ordinals count up by one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(99), { maxLength: 200 }), (choices) => {
        const table = new RequestTable(2);
        const open: number[] = [];
        let opened = 0;
        for (const choice of choices) {
          if (choice < 60 || open.length === 0) {
            open.push(table.openFor(arrival({ inputs: opened + 1 }), opened));
            opened += 1;
          } else {
            const [slot] = open.splice(choice % open.length, 1);
            close(table, slot);
          }
          expect([table.open, table.opened]).toEqual([open.length, opened]);
          expect(new Set(open).size).toBe(open.length);
          expect(table.openSlots()).toEqual([...open].sort((a, b) => a - b));
          // Growing kept every row: inputs were made one more than the ordinal.
          expect(open.every((slot) => table.inputs[slot] === table.ordinal[slot] + 1)).toBe(true);
        }
      }),
      CHECK,
    );
  });
});

describe('a new request', () => {
  test('carries what the arrival asked for', () => {
    const table = new RequestTable();
    const asked = { atNs: 5, kind: 3, inputs: 7, latencyNs: 20, accuracyPercent: 71, client: 9 };
    const slot = table.openFor(asked, 6);
    expect(table.kind[slot]).toBe(3);
    expect(table.inputs[slot]).toBe(7);
    expect(table.scheduledNs[slot]).toBe(5);
    expect(table.openedNs[slot]).toBe(6);
    expect(table.deadlineNs[slot]).toBe(25);
    expect(table.accuracyPercent[slot]).toBe(71);
    expect(table.client[slot]).toBe(9);
  });

  test('without an objective has no deadline', () => {
    const table = new RequestTable();
    expect(table.deadlineNs[table.openFor(arrival({ latencyNs: NEVER }), 1000)]).toBe(NEVER);
  });

  test('in a used slot remembers nothing of the request before it', () => {
    const table = new RequestTable(1);
    const slot = table.openFor(arrival(), 0);
    table.variant[slot] = 2;
    table.worker[slot] = 5;
    table.held[slot] = 1;
    table.startHold(slot, 10);
    table.endHold(slot, 30);
    close(table, slot);
    table.openFor(arrival(), 50);
    expect([table.variant[slot], table.worker[slot], table.held[slot]]).toEqual([-1, -1, 0]);
    expect([table.loadWaitNs[slot], table.heldSinceNs[slot], table.outcome[slot]]).toEqual([0, NEVER, 0]);
  });
});

describe('the load wait', () => {
  test('sums the holds of a request', () => {
    const table = new RequestTable();
    const slot = table.openFor(arrival(), 0);
    table.startHold(slot, 10);
    table.endHold(slot, 25);
    table.startHold(slot, 40);
    table.endHold(slot, 45);
    expect(table.loadWaitNs[slot]).toBe(20);
  });

  test('ends only a hold that began', () => {
    const table = new RequestTable();
    const slot = table.openFor(arrival(), 0);
    table.endHold(slot, 25);
    expect(table.loadWaitNs[slot]).toBe(0);
  });

  test('counts from the first hold when a held request is held again', () => {
    const table = new RequestTable();
    const slot = table.openFor(arrival(), 0);
    table.startHold(slot, 10);
    table.startHold(slot, 30);
    table.endHold(slot, 50);
    expect(table.loadWaitNs[slot]).toBe(40);
  });
});
