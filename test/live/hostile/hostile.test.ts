// Hostile inputs on a whole server, row by row of the table of bad inputs: after each one the server is alive and a good
// request still gets the right answer, and in the end it holds no more memory than before.
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { bodyRows } from './body-rows.ts';
import { tensorRows } from './tensor-rows.ts';
import { expectWell, startTarget } from './hostile-target.ts';

const ROWS = [...bodyRows, ...tensorRows];

let server: ServerProcess;
beforeAll(async () => {
  server = await startTarget();
}, 60_000);
afterAll(() => server.end());

for (const { row, tries } of ROWS) {
  describe(row, () => {
    afterEach(() => expectWell(server));
    for (const { what, run } of tries) test(what, () => run(server));
  });
}
