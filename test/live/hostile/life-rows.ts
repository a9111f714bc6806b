/** Clients that leave, deadlines that pass, queues that are full, engines that die: what each costs, and whom. */
import { connect } from 'node:net';
import { status as codes } from '@grpc/grpc-js';
import { expect } from 'vitest';
import type { ServerProcess } from '../acceptance/server-process.ts';
import { INFERENCE } from '../grpc/inference-fixture.ts';
import { connected, post } from '../http/raw-socket.ts';
import { errorOf, grpcClient } from './grpc-target.ts';
import { OPEN_MAX, call, expectRefused, expectWell, giving } from './hostile-target.ts';
import type { HostileRow } from './hostile-target.ts';

/** Steps of the counting model, about a microsecond each. */
const SHORT = 150_000;
const ENDLESS = 10_000_000_000;

const counting = (steps: number): string => giving('INT64', [1, 1], [steps]);
const inferUrl = ({ url }: ServerProcess): string => `${url}/v2/models/counting/infer`;

async function openRequests(server: ServerProcess): Promise<number> {
  return (await server.status()).service.openRequests;
}

/** The worker of the counting model is there, and asked by nobody. */
async function expectIdle(server: ServerProcess): Promise<void> {
  await expect.poll(() => openRequests(server), { timeout: 20_000 }).toBe(0);
  await expect.poll(async () => (await server.pidsOf('counting')).length, { timeout: 20_000 }).toBeGreaterThan(0);
}

export const lifeRows: readonly HostileRow[] = [
  {
    row: 'client gone mid-request; deadline passed; cancel',
    precedent: 'CVE-2025-23322; reasons of nv_inference_request_failure',
    tries: [
      {
        what: 'clients that leave free their places in the queue',
        run: async (server) => {
          const sockets = await Promise.all(
            Array.from({ length: 10 }, () => connected(connect(server.portOf('http'), '127.0.0.1'))),
          );
          for (const socket of sockets) socket.write(post('/v2/models/counting/infer', counting(SHORT)));
          await expect.poll(() => openRequests(server), { timeout: 10_000 }).toBeGreaterThan(5);
          for (const socket of sockets) socket.destroy();
          await expectIdle(server);
          expect((await call(`GET ${server.url}/metrics`)).text).toMatch(/outcome="cancelled"[^\n]* [1-9]/);
        },
      },
      {
        what: 'a client that leaves in the middle of its body',
        run: async (server) => {
          const socket = await connected(connect(server.portOf('http'), '127.0.0.1'));
          socket.write(post('/v2/models/counting/infer', counting(1)).subarray(0, -5));
          socket.destroy();
          await expectIdle(server);
        },
      },
      {
        what: 'a deadline that passes is told as such',
        run: async (server) => {
          const first = call(`POST ${inferUrl(server)}`, counting(SHORT * 2));
          const body = counting(1).replace('{"inputs"', '{"parameters": {"timeout": 50000}, "inputs"');
          expectRefused(await call(`POST ${inferUrl(server)}`, body), 504, /time/);
          expect((await first).status).toBe(200);
        },
      },
      {
        what: 'deadlines and cancels over gRPC',
        run: async (server) => {
          const inputs = [
            { name: 'INPUT0', datatype: 'INT64', shape: [1, 1], contents: { int64_contents: [String(SHORT)] } },
          ];
          const request = { model_name: 'counting', inputs };
          const client = grpcClient(server, 'grpc', INFERENCE);
          const late = client.call('ModelInfer', request, { deadline: Date.now() + 60 });
          expect((await errorOf(late)).code).toBe(codes.DEADLINE_EXCEEDED);
          const { answer, cancel } = client.open('ModelInfer', request);
          setTimeout(cancel, 30);
          expect((await errorOf(answer)).code).toBe(codes.CANCELLED);
          await expectIdle(server);
        },
      },
    ],
  },
  {
    row: 'queue full',
    precedent: 'a descriptive status at once',
    tries: [
      {
        what: 'is said at once, with when to come back, while what was taken is answered',
        run: async (server) => {
          const taken = Array.from({ length: OPEN_MAX }, () => call(`POST ${inferUrl(server)}`, counting(SHORT / 5)));
          await expect
            .poll(() => openRequests(server), { interval: 2, timeout: 10_000 })
            .toBeGreaterThanOrEqual(OPEN_MAX - 5);
          const more = Array.from({ length: OPEN_MAX }, () => call(`POST ${inferUrl(server)}`, counting(1)));
          const refused = (await Promise.all(more)).filter(({ status }) => status !== 200);
          expect(refused.length).toBeGreaterThan(10);
          for (const answer of refused) {
            expectRefused(answer, 503, /too many queries are open/);
            expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
          }
          expect((await Promise.all(taken)).every(({ status }) => status === 200 || status === 503)).toBe(true);
          await expectIdle(server);
        },
      },
    ],
  },
  {
    row: 'worker crash / hang / OOM in native code',
    precedent: 'TorchServe answers 507 and 500, and its ping Unhealthy',
    tries: [
      {
        what: 'a hang ends with its batch’s time, others go on, and the worker is replaced',
        run: async (server) => {
          const [before] = await server.pidsOf('counting');
          const hung = call(`POST ${inferUrl(server)}`, counting(ENDLESS));
          await expectWell(server);
          expectRefused(await hung, [500, 503, 504], /time/);
          await expectIdle(server);
          expect(await server.pidsOf('counting')).not.toContain(before);
        },
      },
      {
        what: 'a crash is tried once more, or told',
        run: async (server) => {
          const asked = call(`POST ${inferUrl(server)}`, counting(SHORT * 3));
          await expect.poll(() => openRequests(server), { interval: 5, timeout: 10_000 }).toBe(1);
          for (const pid of await server.pidsOf('counting')) process.kill(pid, 'SIGKILL');
          const answer = await asked;
          if (answer.status === 200)
            expect(JSON.parse(answer.text)).toMatchObject({ outputs: [{ data: [SHORT * 3] }] });
          else expectRefused(answer, [500, 503, 504], /crashed|time/);
          expect((await call(`GET ${server.url}/v2/health/ready`)).status).toBe(200);
          await expectIdle(server);
        },
      },
    ],
  },
];
