/** `rehearse schema`: the JSON Schemas of configs, for editors. */
import { Argument, Command } from 'commander';
import { CONFIG_KINDS, jsonSchema } from '../../experiments/index.ts';
import type { ConfigKind } from '../../experiments/index.ts';
import type { Outcome } from '../exit-codes.ts';

const EXAMPLE = `
Example:
  $ rehearse schema > rehearse.schema.json
  $ rehearse schema service > service.schema.json

An editor with the YAML language server completes and checks a config that begins with
  # yaml-language-server: $schema=rehearse.schema.json`;

export function schemaCommand(_outcome: Outcome): Command {
  return new Command('schema')
    .description('Print the JSON Schema of an experiment or service config.')
    .addArgument(new Argument('[kind]', 'of what').choices(CONFIG_KINDS).default('experiment'))
    .addHelpText('after', EXAMPLE)
    .action((kind: ConfigKind) => {
      process.stdout.write(`${JSON.stringify(jsonSchema(kind), null, 1)}\n`);
    });
}
