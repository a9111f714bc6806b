/** `GET /metrics` for a listener: the exposition of some families, narrowed by `name[]` as TorchServe's clients do. */
import type { HttpFailure, RouteSet } from '../../http/index.ts';
import type { FamilySet, Metrics } from './metrics.ts';

/** @param sets whose families the page shows. */
export function metricsRoutes(metrics: Pick<Metrics, 'page'>, sets: readonly FamilySet[]): RouteSet {
  return {
    protocol: 'metrics',
    prefix: '/metrics',
    routes: [
      {
        methods: ['GET'],
        path: '/metrics',
        scope: 'metrics',
        handle: async ({ query }) => {
          const { contentType, text } = await metrics.page(sets, query.getAll('name[]'));
          return { status: 200, headers: { 'content-type': contentType }, body: text };
        },
      },
    ],
    renderFailure: ({ status, message, headers }: HttpFailure) => ({
      status,
      headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
      body: `${message}\n`,
    }),
  };
}
