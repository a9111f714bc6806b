// What a command loads: the start of a service and of small commands is mostly that.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../../backends/index.ts';
import { temporaryFolder } from './service-runs.ts';

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOOK = `export async function load(url, context, next) { process._rawDebug('loads ' + url); return next(url, context); }`;
const REGISTER = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(HOOK)}`)});`;

/** Modules that a command line loads; a service is ended when it is ready. */
async function loadedBy(...args: readonly string[]): Promise<string> {
  const hook = `data:text/javascript,${encodeURIComponent(REGISTER)}`;
  const launcher = join(repositoryRoot(), 'cli', 'rehearse.js');
  const child = spawn(process.execPath, ['--import', hook, launcher, ...args]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdout.on('data', () => child.kill());
  await once(child, 'close');
  expect(said).toContain('/dist/cli/main.js');
  return said;
}

describe('what is loaded', () => {
  const state = join(folder, 'state');

  test.each([[['--help']], [['status', '--state', state]], [['scale', '--help']]])(
    'by %s is no service',
    async (args) => {
      expect(await loadedBy(...args)).not.toMatch(
        /dist\/live\/(?:lifecycle|service|http|grpc)\/|vega|opentelemetry|grpc-js/,
      );
    },
  );

  test('by a service is nothing of reports, and neither gRPC nor OpenTelemetry where they are off', async () => {
    const serve = ['serve', '--port', '0', '--set', 'service.grpc=off', '--state', state];
    expect(await loadedBy(...serve)).not.toMatch(
      /dist\/reports\/|vega|node_modules\/@opentelemetry|grpc-js|dist\/live\/grpc\//,
    );
  }, 60_000);
});
