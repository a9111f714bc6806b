/** The model that a client named. Names are looked up and never used as paths; those that look like one are refused. */
import { meantName } from '../../backends/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { ModelDirectory, ModelEntry } from '../service/index.ts';
import { quoted } from './client-text.ts';

const NAME_MAX = 256;
const CONTROL_MAX = 0x1f;
const DELETE = 0x7f;

/**
 * @param version '' for the default one.
 * @throws HttpRefusal 400 for what cannot be a name, 404 for an unknown one.
 */
export function findModel(directory: ModelDirectory, name: string, version = ''): ModelEntry {
  refuseBadName('model name', name);
  if (version !== '') refuseBadName('model version', version);
  const entry = directory.find(name, version);
  if (entry !== undefined) return entry;
  if (version !== '' && directory.find(name) !== undefined) {
    throw new HttpRefusal(404, `model ${quoted(name)} has no version ${quoted(version)}`);
  }
  const { meant } = meantName(name, [...new Set(directory.list().map((each) => each.name))]);
  const hint = meant === undefined ? '' : `; did you mean ${quoted(meant)}?`;
  throw new HttpRefusal(404, `unknown model ${quoted(name)}${hint}`);
}

/** @throws HttpRefusal 400 */
export function refuseBadName(what: string, name: string): void {
  const plain = name.trim();
  if (plain === '') throw new HttpRefusal(400, `the ${what} is empty`);
  if (name.length > NAME_MAX) throw new HttpRefusal(400, `the ${what} is longer than ${NAME_MAX} characters`);
  if (/[/\\]/.test(name) || plain === '.' || plain === '..' || hasControl(name)) {
    throw new HttpRefusal(400, `the ${what} must not contain path traversal characters`);
  }
}

function hasControl(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if (code <= CONTROL_MAX || code === DELETE) return true;
  }
  return false;
}
