// Hostile inputs on a whole server, row by row of the table of bad inputs: after each one the server is alive and a good
// request still gets the right answer, and in the end it holds no more memory than before.
import type { Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { bodyRows } from './body-rows.ts';
import { modelRows } from './model-rows.ts';
import { nameRows, startElsewhere, urlOf } from './name-rows.ts';
import { tensorRows } from './tensor-rows.ts';
import { expectWell, startTarget } from './hostile-target.ts';

const ROWS = [...bodyRows, ...tensorRows, ...nameRows, ...modelRows];

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
  describe(row, () => {
    afterEach(() => expectWell(server));
    for (const { what, run } of tries) test(what, () => run(server, urlOf(elsewhere)));
  });
}
