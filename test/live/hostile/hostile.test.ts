// Hostile inputs on a whole server, row by row of the table of bad inputs: after each one the server is alive and a good
// request still gets the right answer, and in the end it holds no more memory than before.
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { bodyRows } from './body-rows.ts';
import { fenceRows } from './fence-rows.ts';
import { lifeRows } from './life-rows.ts';
import { archiveRows } from './archive-rows.ts';
import { modelRows } from './model-rows.ts';
import { nameRows, startElsewhere, urlOf } from './name-rows.ts';
import { tensorRows } from './tensor-rows.ts';
import { wireRows } from './wire-rows.ts';
import { WELL, look, startTarget } from './hostile-target.ts';
import type { HostileRow } from './hostile-target.ts';

/** Half of what one round of bombs would hold, were it kept. */
const PLATEAU_BYTES = 80_000_000;

const ROWS: readonly HostileRow[] = [
  ...bodyRows,
  ...tensorRows,
  ...nameRows,
  ...archiveRows,
  ...modelRows,
  ...lifeRows,
  ...wireRows,
  ...fenceRows,
];

let elsewhere: Server;
let server: ServerProcess;
beforeAll(async () => {
  elsewhere = await startElsewhere();
  server = await startTarget(urlOf(elsewhere));
}, 60_000);
afterAll(async () => {
  elsewhere.closeAllConnections();
  elsewhere.close();
  await server.end();
});

for (const { row, tries } of ROWS) {
  describe(`bad input: ${row}`, () => {
    for (const { what, run } of tries) {
      test(`tried: ${what}`, async () => {
        await run(server, urlOf(elsewhere));
        expect(await look(server)).toEqual(WELL);
      }, 60_000);
    }
  });
}

test('every row of the table is tried, and each tells what happened to others', () => {
  expect(new Set(ROWS.map(({ row }) => row)).size).toBe(28);
  expect(ROWS.every(({ precedent, tries }) => precedent !== '' && tries.length > 0)).toBe(true);
});

test('memory is at a plateau: the largest bodies once more cost nothing more', async () => {
  const again = async (): Promise<void> => {
    for (const { tries } of bodyRows.slice(0, 3)) {
      await Promise.all(tries.map(({ run }) => run(server, urlOf(elsewhere))));
    }
  };
  await again();
  const before = await server.residentBytes();
  await again();
  await expect.poll(() => server.residentBytes(), { timeout: 10_000 }).toBeLessThan(before + PLATEAU_BYTES);
  expect(await look(server)).toEqual(WELL);
}, 60_000);
