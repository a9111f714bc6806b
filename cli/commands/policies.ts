/** `rehearse policies`: what there is to choose from, with options and defaults. */
import { Command } from 'commander';
import type { Option, PolicyDefinition } from '../../core/index.ts';
import { DEFAULT_POLICIES, FAMILIES, POLICIES, formatDuration } from '../../core/index.ts';
import { snakeCase } from '../../experiments/index.ts';
import type { Outcome } from '../exit-codes.ts';

const EXAMPLE = `
Example:
  $ rehearse policies --json

A policy of your own is one file, named in a config: "dispatch: {module: ./my-dispatch.ts}".`;

export function policiesCommand(_outcome: Outcome): Command {
  return new Command('policies')
    .description('List the built-in policies by family, with their options.')
    .option('--json', 'print them as one object')
    .addHelpText('after', EXAMPLE)
    .action(({ json }: { json?: boolean }) => {
      process.stdout.write(json === true ? `${JSON.stringify(asData(), null, 1)}\n` : asText());
    });
}

function asText(): string {
  const families = FAMILIES.map((family) => {
    const policies = POLICIES[family].map((policy) => policyText(policy, policy.name === DEFAULT_POLICIES[family]));
    return `${snakeCase(family)}\n${policies.join('')}`;
  });
  return families.join('\n');
}

function policyText(policy: PolicyDefinition, isDefault: boolean): string {
  const mark = isDefault ? ' (default)' : '';
  const options = Object.entries(policy.options).map(
    ([name, option]) => `      ${snakeCase(name)} = ${defaultOf(option)}: ${option.doc}\n`,
  );
  return `  ${policy.name}${mark}: ${policy.summary} [${policy.source}]\n${options.join('')}`;
}

function asData(): object {
  return Object.fromEntries(
    FAMILIES.map((family) => [
      snakeCase(family),
      POLICIES[family].map(({ name, summary, source, families, options }) => ({
        name,
        default: name === DEFAULT_POLICIES[family],
        summary,
        source,
        families,
        options: Object.fromEntries(
          Object.entries(options).map(([option, { doc, kind, default: value }]) => [
            snakeCase(option),
            { kind, default: kind === 'duration' ? formatDuration(Number(value)) : value, doc },
          ]),
        ),
      })),
    ]),
  );
}

function defaultOf(option: Option): string {
  if (option.kind === 'duration') return formatDuration(option.default);
  return option.default === '' ? '(none)' : String(option.default);
}
