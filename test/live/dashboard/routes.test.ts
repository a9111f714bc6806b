import { afterEach, expect, test } from 'vitest';
import { GateRefusal } from '../../../live/http/index.ts';
import type { Gate } from '../../../live/http/index.ts';
import { serveDashboard } from './served.ts';
import type { ServedDashboard } from './served.ts';
import { StagedService } from './staged-service.ts';

const open: ServedDashboard[] = [];
async function serve(...args: Parameters<typeof serveDashboard>): Promise<string> {
  const served = await serveDashboard(...args);
  open.push(served);
  return served.listener.url;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((served) => served.close()));
});

test('every file that the page names is served, and may load nothing from elsewhere', async () => {
  const url = await serve(new StagedService());
  const page = await (await fetch(`${url}/dashboard`)).text();
  const modules = await (await fetch(`${url}/dashboard/page.mjs`)).text();
  const named = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g), ...modules.matchAll(/from '\.(\/[a-z]+\.mjs)'/g)].map(
    ([, path]) => (path.startsWith('/dashboard') ? path : `/dashboard${path}`),
  );
  expect(named.length).toBeGreaterThan(6);
  for (const path of ['/dashboard', ...named]) {
    const response = await fetch(`${url}${path}`);
    expect([path, response.status]).toEqual([path, 200]);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    await response.arrayBuffer();
  }
  expect(page).not.toMatch(/https?:\/\//);
});

test('a file that the browser has is not sent again', async () => {
  const url = await serve(new StagedService());
  const first = await fetch(`${url}/dashboard/page.css`);
  const again = await fetch(`${url}/dashboard/page.css`, {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  });
  expect([first.status, again.status, await again.text()]).toEqual([200, 304, '']);
});

test.each([
  '/dashboard/nothing',
  '/dashboard/../package.json',
  '/dashboard/%2e%2e/page.css',
  '/dashboard/page/page.css',
])('%s is no file of the page', async (path) => {
  const url = await serve(new StagedService());
  const response = await fetch(`${url}${path}`);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(await response.text()).not.toContain('rehearse');
});

test('a browser that cannot sign is told what opens the page', async () => {
  const gate: Gate = {
    admit() {
      throw new GateRefusal('this call must be signed with a key', { status: 401, reason: 'unauthenticated' });
    },
    enter: () => () => undefined,
  };
  const response = await fetch(`${await serve(new StagedService(), { gate })}/dashboard`, {
    headers: { accept: 'text/html' },
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([401, 'text/plain; charset=utf-8']);
  expect(await response.text()).toContain('auth.open_metrics: true');
});

test('events carry the snapshot and the second, and the history is told apart', async () => {
  const service = new StagedService({ epoch: 7 });
  const url = await serve(service);
  const response = await fetch(`${url}/dashboard/events`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('data: ')) text += (await reader?.read())?.value ?? '';
  await reader?.cancel();
  const event: unknown = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '');
  expect(event).toMatchObject({ version: '1.2.3', second: { sequence: 1 }, snapshot: { epoch: 7, decisions: [] } });
  const history: unknown = await (await fetch(`${url}/dashboard/history`)).json();
  expect(history).toMatchObject({ lengthS: 900, variants: [] });
});

test('more pages than the bound are told to come back later', async () => {
  const url = await serve(new StagedService(), { pagesMost: 1 });
  const first = await fetch(`${url}/dashboard/events`);
  const second = await fetch(`${url}/dashboard/events`);
  expect([second.status, second.headers.get('retry-after')]).toEqual([503, '30']);
  expect(await second.text()).toBe('too many dashboards are open\n');
  await first.body?.cancel();
});

test('nothing of it is shown without the right to see metrics', async () => {
  const gate: Gate = {
    admit: (_request, scope) => {
      throw new GateRefusal(`no right to ${scope}`, { status: 403, reason: 'forbidden' });
    },
    enter: () => () => undefined,
  };
  const url = await serve(new StagedService(), { gate });
  for (const path of ['', '/page.css', '/events', '/history']) {
    const response = await fetch(`${url}/dashboard${path}`);
    expect([response.status, await response.text()]).toEqual([403, 'no right to metrics\n']);
  }
});

test('an open page does not keep the listener from closing, and the service is observed no longer', async () => {
  const service = new StagedService();
  const served = await serveDashboard(service);
  const response = await fetch(`${served.listener.url}/dashboard/events`);
  expect(service.watchers).toBe(1);
  expect(await served.close()).toBe(true);
  expect(service.watchers).toBe(0);
  await response.text();
});
