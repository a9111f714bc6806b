/**
 * Offline jobs in the management API: `POST /rehearse/v1/jobs` accepts one, as INFaaS's `infaas_offline_query`; `GET
 * /rehearse/v1/jobs` lists, `GET .../:id` shows, `POST .../:id/cancel` ends them. Mounted as `more` of `controlRoutes`.
 */
import { z } from 'zod';
import { jsonAnswer, readJson, readQuery } from '../control/index.ts';
import type { HttpRoute } from '../http/index.ts';
import type { ServicePort } from '../service/index.ts';
import type { ItemFailure, JobRecord } from './job-record.ts';
import type { OfflineJobs } from './offline-jobs.ts';

const PATH_MAX = 4096;
const NAME_MAX = 256;
const LISTED_MAX = 1000;
const FAILURES_SHOWN = 20;

const path = z.string({ error: 'an absolute path' }).max(PATH_MAX, { error: `at most ${PATH_MAX} characters` });
const name = z.string({ error: 'a name' }).max(NAME_MAX, { error: `at most ${NAME_MAX} characters` });
const submitShape = z.strictObject(
  {
    input: path,
    output: path,
    architecture: name.default(''),
    variant: name.default(''),
    version: name.default(''),
    /** Of a command on this host that has the state folder. */
    grant: name.default(''),
  },
  { error: 'input, output, and architecture or variant' },
);
const LIMIT = `a whole number from 1 to ${LISTED_MAX}`;
const listShape = z.strictObject(
  {
    limit: z.coerce
      .number({ error: LIMIT })
      .int({ error: LIMIT })
      .min(1, { error: LIMIT })
      .max(LISTED_MAX, { error: LIMIT })
      .default(100),
  },
  { error: 'limit' },
);

/** A job as the API shows it. Times are milliseconds since 1970. */
export interface JobView {
  readonly id: string;
  readonly application: string;
  readonly input: string;
  readonly output: string;
  readonly architecture?: string;
  readonly variant?: string;
  readonly state: JobRecord['state'];
  readonly reason?: string;
  readonly files: {
    readonly total: number;
    readonly waiting: number;
    readonly done: number;
    readonly failed: number;
    readonly cancelled: number;
  };
  readonly createdMs: number;
  readonly startedMs?: number;
  readonly endedMs?: number;
}

/** A job with the first of its files that failed. */
export interface JobDetail extends JobView {
  readonly failures: readonly ItemFailure[];
}

export function offlineRoutes({
  jobs,
  service,
}: {
  readonly jobs: OfflineJobs;
  readonly service: Pick<ServicePort, 'directory'>;
}): HttpRoute[] {
  return [
    {
      methods: ['POST'],
      path: '/rehearse/v1/jobs',
      scope: 'manage',
      async handle(exchange) {
        const { grant, ...asked } = readJson(exchange, submitShape);
        const request = { ...asked, application: exchange.caller.application };
        const job = await jobs.submit(request, service.directory, grant);
        return jsonAnswer({ status: 'Request accepted', job: viewOf(job) }, 202);
      },
    },
    {
      methods: ['GET'],
      path: '/rehearse/v1/jobs',
      scope: 'manage',
      handle(exchange) {
        const { limit } = readQuery(exchange, listShape);
        return jsonAnswer({ jobs: jobs.list(limit).map(viewOf) });
      },
    },
    {
      methods: ['GET'],
      path: '/rehearse/v1/jobs/:id',
      scope: 'manage',
      handle({ params }) {
        const { job, failures } = jobs.show(params['id'], FAILURES_SHOWN);
        const detail: JobDetail = { ...viewOf(job), failures };
        return jsonAnswer({ job: detail });
      },
    },
    {
      methods: ['POST'],
      path: '/rehearse/v1/jobs/:id/cancel',
      scope: 'manage',
      handle: async ({ params }) => jsonAnswer({ job: viewOf(await jobs.cancel(params['id'])) }),
    },
  ];
}

function viewOf(job: JobRecord): JobView {
  const { id, application, input, output, architecture, variant, state, reason } = job;
  const { total, done, failed, cancelled, createdMs, startedMs, endedMs } = job;
  return {
    id,
    application,
    input,
    output,
    ...(architecture === '' ? { variant } : { architecture }),
    state,
    ...(reason === '' ? {} : { reason }),
    files: { total, waiting: total - done - failed - cancelled, done, failed, cancelled },
    createdMs,
    ...(startedMs === undefined ? {} : { startedMs }),
    ...(endedMs === undefined ? {} : { endedMs }),
  };
}
