/**
 * What the policies command says: one line for each policy, everything about one, or all of it as data. Families and
 * options are spelt as in a config.
 */
import type { Family, Option, PolicyDefinition } from '../core/index.ts';
import { DEFAULT_POLICIES, FAMILIES, MODULE_POLICIES, NEVER, POLICIES, formatDuration } from '../core/index.ts';
import { snakeCase } from '../experiments/index.ts';

/** A source is longer than a line has room for; the whole of it is told with the policy. */
const SOURCE_MAX = 48;

const MORE =
  'Options and defaults: rehearse policies NAME, or --family NAME. A module may also serve one family alone.\n';

/** One line for each policy: those of one family under it, those of several once. */
export function overviewText(): string {
  const single = FAMILIES.map((family) => {
    const policies = POLICIES[family].filter(({ families }) => families.length === 1);
    return `${snakeCase(family)}\n${lines(policies, DEFAULT_POLICIES[family])}`;
  });
  const modules = MODULE_POLICIES.map(
    (policy) => `${lines([policy])}      serves ${policy.families.map(snakeCase).join(', ')}\n`,
  );
  return [...single, `modules: several families over one state\n${modules.join('')}`, MORE].join('\n');
}

/** Everything about each of the policies. */
export function detailText(policies: readonly PolicyDefinition[]): string {
  return policies.map(policyText).join('\n');
}

/** The policies of a name, each once: one name may stand for different policies of several families. */
export function policiesNamed(name: string | undefined, family: Family | undefined): readonly PolicyDefinition[] {
  const listed = family === undefined ? Object.values(POLICIES).flat() : POLICIES[family];
  return [...new Set(listed)].filter((policy) => name === undefined || policy.name === name);
}

/** The policies as one object, by family. */
export function policiesData(policies: readonly PolicyDefinition[], families: readonly Family[]): object {
  const entries = families.map((family) => {
    const listed = POLICIES[family].filter((policy) => policies.includes(policy));
    return [snakeCase(family), listed.map((policy) => policyData(policy, family))] as const;
  });
  return Object.fromEntries(entries.filter(([, listed]) => listed.length > 0));
}

function lines(policies: readonly PolicyDefinition[], defaultName?: string): string {
  return policies
    .map((policy) => {
      const mark = policy.name === defaultName ? ' (default)' : '';
      return `  ${policy.name}${mark}: ${policy.summary} [${shortSource(policy.source)}]\n`;
    })
    .join('');
}

/** Up to the place in the source, the whole authors or the commit. */
function shortSource(source: string): string {
  const [first = source] = source.split(/[;:]| \(|, section/);
  return first.length > SOURCE_MAX ? `${first.slice(0, SOURCE_MAX - 3).trimEnd()}...` : first;
}

function policyText({ name, summary, source, families, options, ...rest }: PolicyDefinition): string {
  const companions = Object.entries(companionsOf(rest)).map(([family, each]) => `${family}: ${each}`);
  const isDefault = families.length === 1 && DEFAULT_POLICIES[families[0]] === name;
  const written = families.length === 1 ? `${snakeCase(families[0])}: ${name}` : `modules: [{ policy: ${name} }]`;
  const facts = [
    ['serves', `${families.map(snakeCase).join(', ')}${isDefault ? ' (the default)' : ''}`],
    ['write', written],
    ['brings', companions.length === 0 ? '' : `${companions.join(', ')} (under modules, unless the config says more)`],
    ['needs', rest.needsInitialWorkers === true ? 'workers at the start (fleet.workers): it serves only those' : ''],
    ['source', source],
    ['options', Object.keys(options).length === 0 ? 'none' : ''],
  ].filter(([, text]) => text !== '');
  const optionTexts = Object.entries(options).map(
    ([option, declared]) => `    ${snakeCase(option)} = ${defaultOf(declared)}: ${declared.doc}${rangeOf(declared)}\n`,
  );
  const factTexts = facts.map(([word, text]) => `  ${word.padEnd(8)}${text}\n`);
  const head = `${name}\n  ${summary}\n${factTexts.join('')}`;
  return optionTexts.length === 0 ? head : `${head}  options\n${optionTexts.join('')}`;
}

function policyData({ name, summary, source, families, options, ...rest }: PolicyDefinition, family: Family): object {
  return {
    name,
    default: name === DEFAULT_POLICIES[family],
    summary,
    source,
    families,
    companions: companionsOf(rest),
    needs_initial_workers: rest.needsInitialWorkers === true,
    options: Object.fromEntries(
      Object.entries(options).map(([option, declared]) => [snakeCase(option), optionData(declared)]),
    ),
  };
}

function companionsOf({ companions = {} }: Pick<PolicyDefinition, 'companions'>): Record<string, string> {
  return Object.fromEntries(Object.entries(companions).map(([family, name]) => [snakeCase(family), name]));
}

function optionData(option: Option): object {
  const { kind, doc } = option;
  const limit = (value: number): number | string => (kind === 'duration' ? durationText(value) : value);
  return {
    kind,
    default: option.kind === 'duration' ? defaultOf(option) : option.default,
    ...('minimum' in option && option.minimum !== undefined ? { minimum: limit(option.minimum) } : {}),
    ...('maximum' in option && option.maximum !== undefined ? { maximum: limit(option.maximum) } : {}),
    ...(option.kind === 'choice' ? { choices: option.choices } : {}),
    doc,
  };
}

function defaultOf(option: Option): string {
  if (option.kind === 'duration') return durationText(option.default);
  return option.default === '' ? '(none)' : String(option.default);
}

function durationText(durationNs: number): string {
  if (durationNs === 0) return '0 s';
  return durationNs === NEVER ? 'never' : formatDuration(durationNs);
}

/** What the value may be, where the option says so. */
function rangeOf(option: Option): string {
  return option.kind === 'choice' ? ` One of ${option.choices.join(', ')}.` : '';
}
