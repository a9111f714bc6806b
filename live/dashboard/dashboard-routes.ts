/**
 * The routes of the dashboard: the page's files, the history at its opening, and what is new every second. The page
 * may load nothing from elsewhere, run nothing inline and be framed by nobody.
 */
import type { Readable } from 'node:stream';
import { HttpRefusal } from '../http/index.ts';
import type { HttpAnswer, HttpFailure, HttpRoute, RouteSet } from '../http/index.ts';
import type { WireHistory } from './history.ts';
import { pageFiles } from './page-files.ts';
import type { PageFile } from './page-files.ts';

const SAFETY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const RETRY_AFTER_S = 30;

export interface DashboardSources {
  readonly history: () => WireHistory;
  /** A stream of events; undefined when too many are open. */
  readonly events: () => Readable | undefined;
}

export function dashboardRoutes(sources: DashboardSources): RouteSet {
  return {
    protocol: 'dashboard',
    prefix: '/dashboard',
    routes: [
      ...pageFiles().map(fileRoute),
      route('/dashboard/history', () => ({
        status: 200,
        headers: { ...SAFETY, 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: JSON.stringify(sources.history()),
      })),
      route('/dashboard/events', ({ method }) => {
        const headers = { ...SAFETY, 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
        if (method === 'HEAD') return { status: 200, headers };
        const body = sources.events();
        if (body !== undefined) return { status: 200, headers, body };
        throw new HttpRefusal(503, 'too many dashboards are open', { 'retry-after': String(RETRY_AFTER_S) });
      }),
    ],
    renderFailure,
  };
}

function route(path: string, handle: HttpRoute['handle']): HttpRoute {
  return { methods: ['GET'], path, scope: 'metrics', handle };
}

function fileRoute({ path, type, content, tag }: PageFile): HttpRoute {
  const headers = { ...SAFETY, 'content-type': type, 'cache-control': 'no-cache', etag: tag };
  return route(path, ({ headers: asked }) => {
    if (asked['if-none-match'] === tag) return { status: 304, headers };
    return { status: 200, headers, body: content };
  });
}

const FOR_BROWSERS = `This service asks for signatures, and a browser cannot sign.
To open its dashboard, let it give metrics, status and the dashboard without one:

    auth.open_metrics: true     in the section "service" of its config, or
    rehearse serve --set service.auth.open_metrics=true

Without it, rehearse status --key-file FILE shows the same figures to a key whose scopes have metrics.
`;

function renderFailure({ status, message, headers }: HttpFailure): HttpAnswer {
  const type = { 'content-type': 'text/plain; charset=utf-8' };
  const body = status === 401 ? `${message}\n\n${FOR_BROWSERS}` : `${message}\n`;
  return { status, headers: { ...headers, ...SAFETY, ...type }, body };
}
