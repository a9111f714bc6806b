/**
 * Which policy serves each family in every set, as the resolved config has it: what a set did not mention was filled in
 * by its modules or by defaults, and decides as much. Nothing for a config without such sets.
 */
import { FAMILIES } from '../../core/index.ts';
import type { ExperimentResult } from '../../core/index.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { textHead, wideTable } from './tables.ts';

const FAMILY_KEYS = FAMILIES.map((family) => family.replaceAll('-', '_'));

export function policiesInForce({ config }: Pick<ExperimentResult, 'config'>): Markup | undefined {
  const sets = listAt(config, 'policies').filter((set) => typeof valueAt(set, 'name') === 'string');
  if (sets.length === 0) return undefined;
  const head = html`<tr>
    ${['policy set', ...FAMILY_KEYS.map((key) => key.replaceAll('_', ' '))].map(textHead)}
  </tr>`;
  const rows = sets.map(
    (set) =>
      html`<tr>
        <th scope="row" class="name">${String(valueAt(set, 'name'))}</th>
        ${FAMILY_KEYS.map((key) => html`<td>${policyOf(set, key)}</td>`)}
      </tr>`,
  );
  return html`<h3>Policies in force</h3>
    <p class="note">
      What serves each family, defaults and what modules bring with them included; options are in the resolved config
      below.
    </p>
    ${wideTable(
      'Policies in force',
      head,
      html`<tbody>
        ${rows}
      </tbody>`,
    )}`;
}

/** The policy or the file of a family: chosen under it, or as a module that names it among its families. */
function policyOf(set: unknown, key: string): string {
  const module = listAt(set, 'modules').find((each) => listAt(each, 'families').includes(key));
  const chosen = valueAt(set, key) ?? module;
  const name = valueAt(chosen, 'policy') ?? valueAt(chosen, 'module');
  return typeof name === 'string' ? name : '';
}

/** Results are read from files of any version, so nothing is taken for granted. */
function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = valueAt(value, key);
  return Array.isArray(list) ? list : [];
}
