/** `rehearse schema`: the JSON Schema of the config, for editors. */
import { Command } from 'commander';
import { jsonSchema } from '../../experiments/index.ts';
import type { Outcome } from '../exit-codes.ts';

const EXAMPLE = `
Example:
  $ rehearse schema > rehearse.schema.json

An editor with the YAML language server completes and checks a config that begins with
  # yaml-language-server: $schema=rehearse.schema.json`;

export function schemaCommand(_outcome: Outcome): Command {
  return new Command('schema')
    .description('Print the JSON Schema of an experiment config.')
    .addHelpText('after', EXAMPLE)
    .action(() => {
      process.stdout.write(`${JSON.stringify(jsonSchema(), null, 1)}\n`);
    });
}
