/** `POST /rehearse/v1/scale/:variant`: workers by hand, between bounds, or given back to the autoscaler. */
import { z } from 'zod';
import type { HttpRoute } from '../http/index.ts';
import type { ControlParts } from './control-parts.ts';
import { jsonAnswer, readJson } from './json-call.ts';
import { shortfall } from './shortfall.ts';
import { variantNamed } from './variant-named.ts';

/** Nobody waits longer for workers than this. */
const WAIT_S_MAX = 600;
const WORKERS = 'a whole number from 0 to 65536';

const count = z.int({ error: WORKERS }).min(0, { error: WORKERS }).max(65_536, { error: WORKERS });
const bounds = z.strictObject(
  { least: count.default(0), most: count.nullable().default(null) },
  { error: 'bounds such as { "least": 1, "most": 4 }' },
);
const shape = z.strictObject(
  {
    replicas: z.union([z.literal('auto'), count, bounds], {
      error: 'auto, a whole number from 0, or bounds such as { "least": 1, "most": 4 }',
    }),
    version: z.string({ error: 'a version' }).optional(),
    /** How long to wait until the workers are there; 0 not at all. */
    waitS: z
      .number({ error: 'seconds' })
      .min(0, { error: 'seconds from 0' })
      .max(WAIT_S_MAX, { error: `at most ${WAIT_S_MAX} seconds` })
      .default(0),
  },
  { error: 'replicas, and perhaps version and waitS' },
);

export function scaleRoute({ service, models }: Pick<ControlParts, 'service' | 'models'>): HttpRoute {
  return {
    methods: ['POST'],
    path: '/rehearse/v1/scale/:variant',
    scope: 'manage',
    async handle(exchange) {
      const { replicas, version, waitS } = readJson(exchange, shape);
      const entry = variantNamed(service.directory, exchange.params['variant'], version);
      models.scale(entry.name, entry.version, boundsOf(replicas));
      const state = waitS > 0 ? await service.settled(entry.name, entry.version, waitS * 1000) : 'begun';
      const workers = service.workersOf(entry.name, entry.version);
      const isThere = state === 'settled' || state === 'begun';
      const reason = isThere ? undefined : shortfall(service.snapshot(), entry);
      return jsonAnswer({ variant: entry.name, version: entry.version, state, workers, reason });
    },
  };
}

function boundsOf(replicas: z.output<typeof shape>['replicas']): { least: number; most: number } | 'auto' {
  if (replicas === 'auto') return 'auto';
  if (typeof replicas === 'number') return { least: replicas, most: replicas };
  const { least, most } = replicas;
  return { least, most: Math.max(least, most ?? Infinity) };
}
