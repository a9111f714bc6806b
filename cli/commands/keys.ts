/** `rehearse keys`: the keys that sign requests. They are made in the state folder; a running service knows at once. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { ServingError } from '../../core/index.ts';
import type { Keys } from '../../live/auth/index.ts';
import type { Outcome } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import { textTable } from '../text-table.ts';

const EXAMPLE = `
Example:
  $ rehearse keys create --application shop --scopes infer,metrics --out shop.key
  $ rehearse query online --key-file shop.key ...

A service asks for signatures as soon as there is a key, and goes on to when the last one is revoked: only --forget ends
that (see auth.mode in its config).`;

/** What a key cannot do that allows queries only. */
const BEYOND_INFER = 'manage (model, scale, stop, jobs) nor metrics (status, /metrics, the dashboard)';

interface KeysFlags {
  readonly state?: string;
  readonly json?: boolean;
}

interface CreateFlags extends KeysFlags {
  readonly application: string;
  readonly scopes?: string;
  readonly out?: string;
}

export function keysCommand(_outcome: Outcome): Command {
  const command = new Command('keys')
    .description('Make, list and revoke the keys that sign requests.')
    .addHelpText('after', EXAMPLE);
  command.addCommand(
    options(new Command('create').description('Make a key; its secret is shown once.'))
      .requiredOption('--application <name>', 'who asks with it: metrics and limits go by application')
      .option('--scopes <list>', 'what it allows: infer, manage, metrics (default: infer)')
      .option('--out <file>', 'write the key into a new file for --key-file instead of printing it')
      .addHelpText('after', EXAMPLE)
      .action(async (flags: CreateFlags) => create(flags)),
  );
  command.addCommand(
    options(new Command('list').description('List the keys, revoked ones included, without their secrets.'))
      .addHelpText('after', '\nExample:\n  $ rehearse keys list')
      .action(async (flags: KeysFlags) => withKeys(flags, (keys) => show(keys, flags))),
  );
  command.addCommand(
    options(new Command('revoke').description('End the validity of a key.'))
      .argument('<access-key>', 'the public part of the key')
      .option('--forget', 'remove it from the list as well; without any keys signatures are no longer asked for')
      .addHelpText('after', '\nExample:\n  $ rehearse keys revoke AK0123456789ABCDEF0123')
      .action(async (id: string, flags: KeysFlags & { forget?: boolean }) =>
        withKeys(flags, (keys) => {
          const facts = flags.forget === true ? keys.forget(id) : keys.revoke(id);
          if (flags.json === true) printJson(facts);
          else process.stdout.write(`${facts.id} of ${facts.application}: ${flags.forget ? 'forgotten' : 'revoked'}\n`);
        }),
      ),
  );
  return command;
}

function options(command: Command): Command {
  return command
    .option(
      '--state <folder>',
      'the state folder of the service (default: $REHEARSE_STATE, or one in your home folder)',
    )
    .option('--json', 'print one object');
}

async function create(flags: CreateFlags): Promise<void> {
  const { application, out, json } = flags;
  const scopes = (flags.scopes ?? 'infer').split(',').map((scope) => scope.trim());
  await withKeys(flags, (keys) => {
    // The scopes are checked there.
    const key = keys.create({ application, scopes: scopes as Parameters<Keys['create']>[0]['scopes'] });
    const text = `access_key: ${key.id}\nsecret_key: ${key.secret}\n`;
    if (out !== undefined) writeKey(out, text, () => keys.forget(key.id));
    if (json === true) printJson({ access_key: key.id, ...(out === undefined ? { secret_key: key.secret } : { out }) });
    else process.stdout.write(out === undefined ? text : `${out}: key ${key.id} of ${application}\n`);
    if (flags.scopes === undefined) process.stderr.write(`it allows infer, neither ${BEYOND_INFER}: see --scopes\n`);
  });
}

/** Never over another file: it may hold a key that nothing else holds. */
function writeKey(path: string, text: string, undo: () => void): void {
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    undo();
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new ServingError({
      code: 'CLI_KEY',
      place: path,
      message: 'the key cannot be written, and was not made',
      found: exists ? 'a file that is there already' : String(cause),
      next: 'name another file with --out',
      cause,
    });
  }
}

function show(keys: Keys, { json }: KeysFlags): void {
  const all = keys.list();
  if (json === true) {
    printJson({ keys: all });
    return;
  }
  const date = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString().slice(0, 16));
  const rows = all.map((key) => ({
    access_key: key.id,
    application: key.application,
    scopes: key.scopes.join(','),
    created: date(key.createdMs),
    last_used: date(key.lastUsedMs),
    revoked: date(key.revokedMs),
  }));
  process.stdout.write(rows.length === 0 ? 'no keys\n' : textTable(rows));
}

async function withKeys(flags: KeysFlags, work: (keys: Keys) => void): Promise<void> {
  const { Keys: KeysOf } = await import('../../live/auth/index.ts');
  const { openStore, stateFolder } = await import('../../live/store/index.ts');
  const store = openStore(stateFolder(flags.state));
  try {
    work(new KeysOf(store));
  } finally {
    store.close();
  }
}
