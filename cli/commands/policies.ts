/** `rehearse policies`: what there is to choose from; of one policy or one family, also options and defaults. */
import { Command, Option } from 'commander';
import { meantName, nearestNames } from '../../backends/index.ts';
import { FAMILIES, ServingError } from '../../core/index.ts';
import { familyOfKey, snakeCase } from '../../experiments/index.ts';
import type { Outcome } from '../exit-codes.ts';
import { detailText, overviewText, policiesData, policiesNamed } from '../policy-texts.ts';

const EXAMPLE = `
Examples:
  $ rehearse policies
  $ rehearse policies infaas
  $ rehearse policies --family batching

A policy of your own is one file, named in a config: "dispatch: {module: ./my-dispatch.ts}".`;

interface Flags {
  readonly family?: string;
  readonly json?: true;
}

export function policiesCommand(_outcome: Outcome): Command {
  return new Command('policies')
    .description('List the built-in policies, a line each; of one policy or one family also options and defaults.')
    .argument('[name]', 'a policy, such as infaas: everything about it')
    .addOption(
      new Option('--family <name>', 'everything about the policies that serve it').choices(FAMILIES.map(snakeCase)),
    )
    .option('--json', 'print everything as one object, by family')
    .addHelpText('after', EXAMPLE)
    .action((name: string | undefined, flags: Flags) => {
      process.stdout.write(textFor(name, flags));
    });
}

function textFor(name: string | undefined, { family: key, json }: Flags): string {
  const family = key === undefined ? undefined : familyOfKey(key);
  const policies = policiesNamed(name, family);
  if (policies.length === 0) {
    const known = new Set(policiesNamed(undefined, family).map((policy) => policy.name));
    throw unknownPolicy(name ?? '', key ?? '', [...known]);
  }
  if (json === true) {
    return `${JSON.stringify(policiesData(policies, family === undefined ? FAMILIES : [family]), null, 1)}\n`;
  }
  return name === undefined && family === undefined ? overviewText() : detailText(policies);
}

function unknownPolicy(name: string, family: string, known: readonly string[]): ServingError {
  return new ServingError({
    code: 'POLICY_UNKNOWN_NAME',
    message: `there is no ${family === '' ? '' : `${family} `}policy ${JSON.stringify(name)}`,
    ...meantName(name, known),
    expected: `one of ${nearestNames(name, known, ' (see: rehearse policies)')}`,
  });
}
