/** What a live run needs beyond a simulated one: model files and hardware that is present. */
import { existsSync } from 'node:fs';
import { availableHardware } from '../../backends/index.ts';
import type { Variant } from '../../core/index.ts';
import type { Complaint, ConfigReader } from './config-reader.ts';
import type { ScenarioConfig } from './experiment-config.ts';
import { oneOf } from './shape-errors.ts';

const VARIANTS = ['catalogue', 'variants'];

/** Names in one message before the rest are counted. */
const NAMED_MAX = 3;

/** Complains about everything that keeps a grid point from running live on this machine. */
export function checkLive(reader: ConfigReader, scenario: ScenarioConfig): void {
  checkRunnable(reader, scenario.variants, 'run without --live');
  if (scenario.offline === null) return;
  reader.fail(['offline'], {
    code: 'CONFIG_OFFLINE_LIVE',
    message: 'has jobs, which a live run cannot keep',
    found: `${scenario.offline.jobs.length} offline ${scenario.offline.jobs.length === 1 ? 'job' : 'jobs'}`,
    expected: 'a config without offline work',
    next: 'leave offline out, or run without --live',
  });
}

/**
 * Complains about variants that no engine of this machine can run.
 * @param otherwise what to do but leaving them out: "run without --live".
 */
export function checkRunnable(
  reader: ConfigReader,
  variants: readonly Pick<Variant, 'name' | 'hardware' | 'artifact'>[],
  otherwise: string,
): void {
  const present = availableHardware();
  const groups = new Map<string, { readonly obstacle: Obstacle; readonly names: string[] }>();
  for (const variant of variants) {
    const obstacle = obstacleOf(variant, present);
    if (obstacle === undefined) continue;
    const known = groups.get(`${obstacle.code} ${obstacle.found}`);
    if (known === undefined) groups.set(`${obstacle.code} ${obstacle.found}`, { obstacle, names: [variant.name] });
    else known.names.push(variant.name);
  }
  for (const { obstacle, names } of groups.values()) {
    const message = `selects ${someOf(names)}, which cannot run live here`;
    reader.fail(VARIANTS, {
      ...obstacle,
      message,
      next: `leave ${names.length > 1 ? 'them' : 'it'} out, or ${otherwise}`,
    });
  }
}

type Obstacle = Pick<Complaint, 'code' | 'found' | 'expected'>;

/** What keeps a variant from running here, if anything does. */
function obstacleOf(
  { hardware, artifact }: Pick<Variant, 'hardware' | 'artifact'>,
  present: readonly string[],
): Obstacle | undefined {
  if (!present.includes(hardware)) {
    const expected = `hardware that is present, ${oneOf(present)}`;
    return { code: 'CONFIG_HARDWARE', found: `hardware ${hardware}`, expected };
  }
  if (artifact === undefined) return { code: 'CONFIG_ARTIFACT', found: 'no model file', expected: 'an artifact' };
  if (existsSync(artifact.path)) return undefined;
  return { code: 'CONFIG_ARTIFACT', found: `no file ${artifact.path}`, expected: 'the model file' };
}

function someOf(names: readonly string[]): string {
  const rest = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
