/** A listener that speaks the protocol in front of the stand-in service. */
import type { HttpOptions, Listener, ListenerParts } from '../../../live/http/index.ts';
import type { ModelRepository, NonFinite } from '../../../live/open-inference/index.ts';
import { fixedRepository, openInferenceRoutes, Statistics } from '../../../live/open-inference/index.ts';
import { listening } from '../http/listening.ts';
import { StandInService } from '../stand-in-service.ts';

export interface V2Server {
  readonly url: string;
  readonly listener: Listener;
  readonly service: StandInService;
  readonly statistics: Statistics;
}

export interface V2Changes {
  readonly http?: Partial<HttpOptions>;
  readonly nonFinite?: NonFinite;
  readonly repository?: ModelRepository;
  readonly service?: StandInService;
  readonly parts?: Partial<ListenerParts>;
}

export async function v2Server(changes: V2Changes = {}): Promise<V2Server> {
  const { http = {}, nonFinite = 'refuse', service = new StandInService(), parts = {} } = changes;
  const statistics = new Statistics(() => 1_700_000_000_000);
  service.observe(statistics);
  const repository = changes.repository ?? fixedRepository(service);
  const routes = openInferenceRoutes(
    { serverName: 'rehearse', serverVersion: '0.1.0', nonFinite },
    { service, statistics, repository },
  );
  const listener = await listening([routes], http, parts);
  return { url: listener.url, listener, service, statistics };
}
