/** What `serve` says when it is ready: where it listens, what it serves, how to try it. */
import type { ServerFile } from '../../live/store/index.ts';
import type { Server } from '../../live/lifecycle/index.ts';
import type { ServiceConfig } from '../../experiments/index.ts';

export function startLines({ status, service, selfTest }: Server, { settings }: ServiceConfig): string {
  const { version, config, policySet, pid, state, listeners } = status;
  const [{ address }] = listeners;
  const listed = service.directory.list();
  const variants = listed.filter(({ form }) => form === 'variant');
  const named = (form: string): string[] => listed.filter((entry) => entry.form === form).map(({ name }) => name);
  const [architectures, useCases] = [named('architecture'), named('use-case')];
  const [path] = Object.entries(settings.paths);
  const lines: (readonly [string, string])[] = [
    ...listeners.map(({ protocol, address: where }) => [protocol, where] as const),
    ...(settings.dashboard === undefined ? [] : [['dashboard', `${address}/dashboard`] as const]),
    ['metrics', `${address}/metrics`],
    ['state', state],
    [
      'serves',
      `${counted(variants.length, 'variant')} of ${counted(architectures.length, 'architecture')}: ${useCases.join(', ')}`,
    ],
    ['self-test', testText(selfTest)],
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
export function runningLines({ pid, listeners, startedMs }: ServerFile, folder: string): string {
  const since = new Date(startedMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const head = `already running on ${folder}, process ${pid}, since ${since}\n`;
  return head + listeners.map(({ protocol, address }) => `  ${protocol.padEnd(22)} ${address}\n`).join('');
}

function testText({ variant, label, tookMs }: Server['selfTest']): string {
  if (variant === '') return `passed in ${tookMs.toFixed(0)} ms; there was no engine to query`;
  const seen = label === undefined ? 'answered a query' : `recognised a picture (${label})`;
  return `passed: ${variant} ${seen}, ${tookMs.toFixed(0)} ms in all`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
