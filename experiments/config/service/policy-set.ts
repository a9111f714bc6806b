/** Which of a file's policy sets a service runs, and the slack machines that INFaaS keeps, put into its options. */
import type { MachineType } from '../../../core/index.ts';
import { FAMILIES, ServingError } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { PolicySetConfig } from '../experiment-config.ts';
import { oneOf, namesToward, shown } from '../shape-errors.ts';
import { valueAt } from '../value-path.ts';

const SLACK = ['service', 'slack'];
/** What INFaaS calls the option. */
const SLACK_OPTION = 'slackGpu';

export interface ChosenSet {
  readonly set: PolicySetConfig;
  /** Place of the set in the file. */
  readonly index: number;
}

/**
 * The set of that name, or the only one there is; undefined after a complaint.
 * @param sets those that could be read.
 */
export function chosenSet(
  reader: ConfigReader,
  sets: readonly PolicySetConfig[],
  name: string | undefined,
): ChosenSet | undefined {
  const entries: unknown = reader.at(['policies']);
  const names = Array.isArray(entries) ? entries.map((entry: unknown) => valueAt(entry, ['name'])) : [];
  if (name === undefined && names.length > 1) {
    reader.fail(['policies'], {
      code: 'CONFIG_POLICY_SETS',
      message: 'has several policy sets, and a service runs one',
      found: names.map(String).join(', '),
      next: `say which with --policy ${shown(names[0])}`,
    });
    return undefined;
  }
  const index = name === undefined ? 0 : names.indexOf(name);
  if (index < 0) {
    reader.errors.push(
      new ServingError({
        code: 'CONFIG_UNKNOWN_NAME',
        place: '--policy',
        message: 'the config has no policy set of this name',
        found: shown(name),
        ...namesToward(name, oneOf(names.map(String))),
      }),
    );
    return undefined;
  }
  // A set that is not among them has been complained about.
  const set = sets.find((each) => each.name === names[index]);
  return set && { set, index };
}

/** The set with the slack machines among its options. */
export function withSlack(
  reader: ConfigReader,
  set: PolicySetConfig,
  {
    slack,
    machineTypes,
  }: { readonly slack: Readonly<Record<string, number>>; readonly machineTypes: readonly MachineType[] },
): PolicySetConfig {
  const types = Object.entries(slack).filter(([, count]) => count > 0);
  if (types.length === 0) return set;
  const known = machineTypes.filter(({ accelerator }) => accelerator !== undefined).map(({ name }) => name);
  for (const [type] of types) {
    if (known.includes(type)) continue;
    if (machineTypes.some(({ name }) => name === type)) {
      reader.fail([...SLACK, type], {
        code: 'CONFIG_SLACK',
        message: 'has no accelerator, and only those are kept free',
      });
    } else reader.unknownName([...SLACK, type], 'machine type of the fleet', { name: type, known });
  }
  const keeps = FAMILIES.some((family) => Object.hasOwn(set.families[family].options, SLACK_OPTION));
  if (!keeps) {
    reader.fail(SLACK, {
      code: 'CONFIG_SLACK',
      message: `asks for slack machines, which policy set ${set.name} does not know`,
      expected: 'the module infaas',
      next: 'leave slack out, or choose infaas',
    });
  }
  const total = types.reduce((sum, [, count]) => sum + count, 0);
  const families = Object.fromEntries(
    FAMILIES.map((family) => {
      const choice = set.families[family];
      if (!Object.hasOwn(choice.options, SLACK_OPTION)) return [family, choice];
      return [family, { ...choice, options: { ...choice.options, [SLACK_OPTION]: total } }];
    }),
  ) as PolicySetConfig['families']; // FAMILIES names every key.
  return { ...set, families };
}
