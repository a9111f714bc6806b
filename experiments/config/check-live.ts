/** What a live run needs beyond a simulated one: model files and hardware that is present. */
import { existsSync } from 'node:fs';
import { availableHardware } from '../../backends/index.ts';
import type { Variant } from '../../core/index.ts';
import type { ConfigReader } from './config-reader.ts';
import type { ScenarioConfig } from './experiment-config.ts';
import { oneOf } from './shape-errors.ts';

const VARIANTS = ['catalogue', 'variants'];

/** Complains about everything that keeps a grid point from running live on this machine. */
export function checkLive(reader: ConfigReader, scenario: ScenarioConfig): void {
  const present = availableHardware();
  for (const variant of scenario.variants) checkVariant(reader, variant, present);
  if (scenario.offline === null) return;
  reader.fail(['offline'], {
    code: 'CONFIG_OFFLINE_LIVE',
    message: 'has jobs, which a live run cannot keep',
    found: `${scenario.offline.jobs.length} offline ${scenario.offline.jobs.length === 1 ? 'job' : 'jobs'}`,
    expected: 'a config without offline work',
    next: 'leave offline out, or run without --live',
  });
}

function checkVariant(reader: ConfigReader, { name, hardware, artifact }: Variant, present: readonly string[]): void {
  const message = `selects ${name}, which cannot run live here`;
  const next = 'leave the variant out, or run without --live';
  if (!present.includes(hardware)) {
    const found = `hardware ${hardware}`;
    const expected = `hardware that is present, ${oneOf(present)}`;
    reader.fail(VARIANTS, { code: 'CONFIG_HARDWARE', message, found, expected, next });
  } else if (artifact === undefined) {
    reader.fail(VARIANTS, { code: 'CONFIG_ARTIFACT', message, found: 'no model file', expected: 'an artifact', next });
  } else if (!existsSync(artifact.path)) {
    const found = `no file ${artifact.path}`;
    reader.fail(VARIANTS, { code: 'CONFIG_ARTIFACT', message, found, expected: 'the model file', next });
  }
}
