/** What `serve` says when it is ready: where it listens, what it serves, how to try it. */
import type { ServerFile } from '../../live/store/index.ts';
import type { Server } from '../../live/lifecycle/index.ts';
import type { ServiceConfig } from '../../experiments/index.ts';

export function startLines({ status, service }: Server, { settings }: ServiceConfig): string {
  const { version, config, policySet, pid, state, listeners, failedModels } = status;
  const [{ address }] = listeners;
  const listed = service.directory.list();
  const variants = listed.filter(({ form }) => form === 'variant');
  const named = (form: string): string[] => listed.filter((entry) => entry.form === form).map(({ name }) => name);
  const [architectures, useCases] = [named('architecture'), named('use-case')];
  const [path] = Object.entries(settings.paths);
  const lines: (readonly [string, string])[] = [
    ...listeners.map(({ protocol, address: where }) => [protocol, where] as const),
    ...pageLines(status),
    ['state', state],
    [
      'serves',
      `${counted(variants.length, 'variant')} of ${counted(architectures.length, 'architecture')}: ${useCases.join(', ')}`,
    ],
    ...failedLines(failedModels),
    ['self-test', status.selfTest],
    ...(path === undefined ? [] : [['try', `curl -F ${path[1].field}=@picture.png ${address}${path[0]}`] as const]),
    [
      path === undefined ? 'try' : '',
      `curl ${address}/v2/models/${[...useCases, ...listed.map(({ name }) => name)][0] ?? ''}`,
    ],
    ['end', 'Ctrl-C, or rehearse stop'],
  ];
  const head = `rehearse ${version} serves ${config} under policies ${policySet}, process ${pid}\n`;
  return head + lines.map(([name, text]) => `  ${name.padEnd(22)} ${text}\n`).join('');
}

/** What a command says of a service that runs already. */
export function runningLines(server: ServerFile, folder: string): string {
  const { pid, listeners, startedMs, config, policySet, selfTest, failedModels } = server;
  const since = new Date(startedMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const head = `already running on ${folder}, process ${pid}, since ${since}\n`;
  const lines = [
    ['config', `${config}, policies ${policySet}`],
    ...listeners.map(({ protocol, address }) => [protocol, address]),
    ...pageLines(server),
    ...failedLines(failedModels),
    ['self-test', selfTest],
  ];
  return head + lines.map(([name, text]) => `  ${name.padEnd(22)} ${text}\n`).join('');
}

/** What is said to who asked for another service than the one that runs. */
export function otherConfigLine(running: ServerFile, asked: Pick<ServiceConfig, 'file' | 'policySet'>): string {
  return (
    `what runs has another config: ${running.config}, policies ${running.policySet}, not ${asked.file}, ` +
    `policies ${asked.policySet}; end it first with rehearse stop, or name another folder with --state\n`
  );
}

/** The pages for people and scrapers. */
export function pageLines({
  dashboard,
  metrics,
}: Pick<ServerFile, 'dashboard' | 'metrics'>): (readonly [name: string, address: string])[] {
  return [...(dashboard === '' ? [] : [['dashboard', dashboard] as const]), ['metrics', metrics]];
}

/** Models of the repository that are not served, and why. */
export function failedLines(
  models: readonly { readonly name: string; readonly reason: string }[],
): (readonly [name: string, text: string])[] {
  return models.map(({ name, reason }) => ['not loaded', `${name}: ${reason}`]);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
