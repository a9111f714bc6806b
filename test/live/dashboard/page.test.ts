import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath } from './browser.ts';
import { serveDashboard } from './served.ts';
import type { ServedDashboard } from './served.ts';
import { StagedService, machineState, variantState, workerState } from './staged-service.ts';

const HOSTILE = '<img src=x onerror="document.title=`taken`">"\'&amp;';

describe.skipIf(chromiumPath === undefined)('in a browser (wants chromium, see CHROMIUM_PATH)', () => {
  let browser: Browser;
  const open: ServedDashboard[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: ['--no-sandbox'] });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await Promise.all(open.splice(0).map((served) => served.close()));
  });
  afterAll(() => browser.close());

  /** The page, once it shows figures; with what it complained about and what it asked for. */
  async function visit(
    service: StagedService,
  ): Promise<{ page: Page; complaints: string[]; asked: string[]; url: string }> {
    const served = await serveDashboard(service);
    open.push(served);
    const { url } = served.listener;
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(`${url}/dashboard`);
    await page.waitForSelector('[data-figure=workers]');
    return { page, complaints, asked, url };
  }

  const figure = (page: Page, name: string): Promise<string | null> => page.textContent(`[data-figure=${name}] .value`);

  test('it loads without complaint and asks nobody but the service', async () => {
    const { page, complaints, asked, url } = await visit(new StagedService({ variants: [variantState('m')] }));
    await page.waitForSelector('#models tbody tr');
    expect(complaints).toEqual([]);
    expect(asked.filter((target) => !target.startsWith(`${url}/dashboard`))).toEqual([]);
    expect(await page.textContent('#state')).toBe('ready');
  });

  test('figures, charts and tables follow the service', async () => {
    const service = new StagedService({ variants: [variantState('m', { ready: 0 })] });
    const { page } = await visit(service);
    expect(await figure(page, 'workers')).toBe('0of 0');
    expect(await page.textContent('#workers .empty strong')).toBe('No worker is running.');
    service.stage({
      variants: [variantState('m', { ready: 1, queued: 9, held: 3, lastFailure: 'out of memory' })],
      workers: [workerState('m#0', 'm', { queued: 9 }), workerState('m#1', 'm', { state: 'loading' })],
      machines: [machineState('local-0')],
      decisions: [{ atMs: 1_700_000_000_000, kind: 'worker.start', worker: 'm#1', reason: 'load-above-threshold' }],
    });
    service.tell({}, 99);
    service.tell({ outcome: 'late', reason: 'deadline-missed' });
    await page.waitForSelector('#workers tbody tr:nth-child(2)');
    expect(await figure(page, 'workers')).toBe('1of 2');
    expect(await figure(page, 'waiting')).toBe('12');
    await expect.poll(() => figure(page, 'attainment')).toBe('99.0%');
    expect(await page.textContent('#workers tbody tr:nth-child(2) .chip')).toBe('loading');
    expect(await page.textContent('#models .failure')).toBe('Load failed: out of memory');
    expect(await page.textContent('#decisions tbody .reason')).toBe('load-above-threshold');
    expect(await page.getAttribute('.chart path.line', 'd')).toMatch(/^M\d/);
    service.stage({ workers: [], machines: [], variants: [] });
    await page.waitForSelector('#models .empty');
    expect(await page.textContent('#announcement')).toBe('The service is ready.');
  });

  test('names are text, whatever they hold', async () => {
    const hostile = { architecture: HOSTILE, useCase: HOSTILE, hardware: HOSTILE, lastFailure: HOSTILE };
    const service = new StagedService({
      variants: [variantState(HOSTILE, hostile), variantState('__proto__'), variantState('constructor')],
      workers: [workerState(HOSTILE, HOSTILE, { machine: HOSTILE }), workerState('__proto__', '__proto__')],
      machines: [machineState(HOSTILE, { type: HOSTILE })],
      decisions: [{ atMs: 1, kind: 'worker.start', variant: HOSTILE, reason: HOSTILE }],
      policies: { [HOSTILE]: HOSTILE },
    });
    const { page, complaints } = await visit(service);
    await page.waitForSelector('#policies dt');
    expect(await page.textContent('#models tbody th span')).toBe(HOSTILE);
    expect(await page.locator('main img').count()).toBe(0);
    expect(await page.locator('#models tbody tr').count()).toBe(3);
    await page.selectOption('#shown', { index: 1 });
    expect(await page.textContent('#shown option:nth-child(2)')).toBe(`${HOSTILE}, version 1`);
    expect(await page.title()).toBe('Rehearse');
    expect(complaints).toEqual([]);
  });

  test('a service that is gone is said to be gone, and found again', async () => {
    const { page } = await visit(new StagedService({ startedMs: 1 }));
    const port = open[0].listener.port;
    await Promise.all(open.splice(0).map((served) => served.close()));
    await page.waitForSelector('.connection.lost', { timeout: 15_000 });
    expect(await page.textContent('#announcement')).toBe('The connection to the service is lost.');
    const next = new StagedService({ startedMs: 2, workers: [workerState('m#0', 'm')] });
    open.push(await serveDashboard(next, { port }));
    await page.waitForSelector('.connection.live', { timeout: 15_000 });
    await expect.poll(() => figure(page, 'workers')).toBe('1of 1');
  });

  test('a row keeps its place and its selection while its figures change', async () => {
    const service = new StagedService({ workers: [workerState('a#0', 'a'), workerState('b#0', 'b')] });
    const { page } = await visit(service);
    await page.waitForSelector('#workers tbody tr');
    await page.evaluate("document.querySelector('#workers tbody tr:nth-child(2)').dataset.mine = 'yes'");
    service.stage({ workers: [workerState('b#0', 'b', { queued: 77 })] });
    await expect.poll(() => page.locator('#workers tbody tr').count(), { timeout: 5000 }).toBe(1);
    expect(await page.getAttribute('#workers tbody tr', 'data-mine')).toBe('yes');
    expect(await page.textContent('#workers tbody tr')).toContain('77');
  });

  test('it fits a narrow screen and can be read by structure alone', async () => {
    const service = new StagedService({ variants: [variantState('m')], machines: [machineState('local-0')] });
    const { page } = await visit(service);
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    for (const table of await page.locator('table').all()) {
      expect(await table.locator('caption').count()).toBe(1);
      expect(await table.locator('thead th[scope=col]').count()).toBeGreaterThan(3);
    }
    expect(await page.locator('h1').count()).toBe(1);
    expect(await page.locator('.chart svg[role=img][aria-label]').count()).toBe(6);
  });
});
