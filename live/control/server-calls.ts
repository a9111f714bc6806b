/** The server itself: `GET /rehearse/v1/status` shows everything, `POST /rehearse/v1/stop` ends it after a drain. */
import { basename } from 'node:path';
import { z } from 'zod';
import { isLoopbackAddress } from '../http/index.ts';
import type { HttpRoute } from '../http/index.ts';
import type { ControlParts, ServerStatus } from './control-parts.ts';
import { jsonAnswer, readJson } from './json-call.ts';

const ENDINGS = ['stop', 'delete', 'keep'] as const;
const stopShape = z.strictObject(
  { machines: z.enum(ENDINGS, { error: `one of ${ENDINGS.join(', ')}` }).default('keep') },
  { error: 'machines' },
);

export function serverRoutes({
  service,
  server,
  stop,
}: Pick<ControlParts, 'service' | 'server' | 'stop'>): HttpRoute[] {
  return [
    {
      methods: ['GET'],
      path: '/rehearse/v1/status',
      scope: 'metrics',
      handle: ({ remoteAddress }) => {
        const shown = isLoopbackAddress(remoteAddress) ? server() : withoutPaths(server());
        return jsonAnswer({ server: shown, service: service.snapshot() });
      },
    },
    {
      methods: ['POST'],
      path: '/rehearse/v1/stop',
      scope: 'manage',
      handle(exchange) {
        const { machines } = readJson(exchange, stopShape);
        // The answer goes first: the listener that carries it is among what ends.
        setImmediate(() => stop(machines));
        return jsonAnswer({ state: 'draining', pid: server().pid, openRequests: service.snapshot().openRequests }, 202);
      },
    },
  ];
}

/** For those elsewhere, who need not know where things lie on this host. */
function withoutPaths(status: ServerStatus): ServerStatus {
  return { ...status, state: '', config: basename(status.config) };
}
