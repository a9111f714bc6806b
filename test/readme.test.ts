/** What the README shows works as it is printed there. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../backends/index.ts';
import { milliseconds } from '../core/index.ts';
import { loadPolicyModule } from '../experiments/config/load-policy-module.ts';
import { planOf } from './fixtures/plans.ts';
import { rowsOf, simulate } from './fixtures/runs.ts';
import { arrivalsAt } from './fixtures/workloads.ts';

const readme = readFileSync(join(repositoryRoot(), 'README.md'), 'utf8');

test('the policy of the README loads as a file and joins the least loaded worker', async () => {
  const [, code] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(code).toContain('export const policy');
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-readme-'));
  try {
    const file = join(folder, 'policy.mjs');
    writeFileSync(file, code);
    const definition = await loadPolicyModule(file);
    const plan = planOf({ workers: [2], policies: { dispatch: { definition, options: {} } } });
    const rows = rowsOf(simulate(plan, arrivalsAt(0, milliseconds(1), milliseconds(2))));
    // Two workers of 10 ms each: the first two requests go apart, the third to the first worker again.
    expect(rows.sort((a, b) => a.ordinal - b.ordinal).map(({ worker }) => worker)).toEqual([0, 1, 0]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every link of the README into the repository leads somewhere', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((path) => !existsSync(join(repositoryRoot(), path)))).toEqual([]);
});
