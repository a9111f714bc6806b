// The JSON Schema that editors use: it knows every key, the options of every policy, and says what each is for.
import { describe, expect, test } from 'vitest';
import { MODULE_POLICIES, POLICIES } from '../../../core/index.ts';
import { jsonSchema } from '../../../experiments/config/schema.ts';
import { snakeCase } from '../../../experiments/config/schema/policies.ts';

interface Schema {
  readonly description?: string;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const schema = jsonSchema() as Schema & { readonly $schema: string };

describe('the JSON Schema', () => {
  test('is of the draft that editors know, and refuses unknown keys', () => {
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(['question', 'catalogue', 'fleet', 'workload', 'policies']);
  });

  test('describes every key', () => {
    expect(undescribed(schema, '')).toEqual([]);
  });

  test('describes each policy once for all families, and completes modules', () => {
    const modules = resolved(schema.properties?.['policies']?.items?.properties?.['modules']).items?.anyOf ?? [];
    const policies = MODULE_POLICIES.map(({ name }) => name);
    expect(modules.map(({ properties }) => properties?.['policy']?.const)).toEqual([...policies, undefined]);
    const infaas = modules.find(({ properties }) => properties?.['policy']?.const === 'infaas');
    expect(Object.keys(infaas?.properties ?? {})).toEqual(expect.arrayContaining(['families', 'slack_gpu']));
    expect(infaas?.additionalProperties).toBe(false);
    expect(modules.at(-1)?.required).toEqual(['module']);
    // An editor reads it with every change.
    expect(JSON.stringify(schema).length).toBeLessThan(120_000);
  });

  test('knows every built-in policy with its options and their defaults', () => {
    const set = schema.properties?.['policies']?.items?.properties ?? {};
    for (const [family, policies] of Object.entries(POLICIES)) {
      const choices = (resolved(set[snakeCase(family)]).anyOf ?? []).map(resolved);
      expect(choices[0]?.enum).toEqual(policies.map(({ name }) => name));
      for (const policy of policies) {
        const choice = choices.find(({ properties }) => properties?.['policy']?.const === policy.name);
        const { policy: _, ...options } = choice?.properties ?? {};
        expect(Object.keys(options)).toEqual(Object.keys(policy.options).map(snakeCase));
        expect(Object.values(options).every((option) => option.default !== undefined)).toBe(true);
      }
    }
  });

  test('writes quantities as texts with an example, and numbers without bounds that are no rule', () => {
    const { duration, limits } = schema.properties ?? {};
    expect(duration).toMatchObject({ type: 'string', examples: ['5 ms'] });
    expect(limits?.properties?.['events']).toEqual({
      type: 'integer',
      minimum: 1,
      default: 1_000_000_000,
      description: 'Events at most; reaching it ends the run.',
    });
  });
});

/** What a part stands for, where it refers to a definition. */
function resolved(part: Schema | undefined): Schema {
  const ref = part?.$ref ?? part?.allOf?.[0]?.$ref;
  return ref === undefined ? (part ?? {}) : (schema.definitions?.[ref.replace('#/definitions/', '')] ?? {});
}

/** The paths of keys without a description; a constant describes itself. */
function undescribed(part: Schema, path: string): string[] {
  const own = Object.entries(part.properties ?? {}).flatMap(([key, value]) => [
    ...(resolved(value).description === undefined && value.const === undefined ? [`${path}.${key}`] : []),
    ...undescribed(value, `${path}.${key}`),
  ]);
  const { additionalProperties: extra = false } = part;
  const inner = [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.items === undefined ? [] : [part.items])];
  const open = typeof extra === 'boolean' ? [] : [extra];
  const named = Object.values(part.definitions ?? {});
  return [...own, ...[...inner, ...open, ...named].flatMap((each) => undescribed(each, path))];
}
