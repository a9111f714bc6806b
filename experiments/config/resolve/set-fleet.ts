/**
 * The fleet of one policy set where it differs from the experiment's: a baseline that preloads its own variants, or
 * that rents all its machines from the start. Machine types are those of the experiment's fleet.
 */
import type { ValuePath } from '../../../backends/index.ts';
import type { Catalogue } from '../../../core/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { PolicySetConfig } from '../experiment-config.ts';
import { setFleetShape, setFleetWords } from '../schema/surroundings.ts';
import { readMachineCounts, readWorkerCounts } from './fleet.ts';

/** Nothing when the set has no fleet of its own. */
export function readSetFleet(
  reader: ConfigReader,
  path: ValuePath,
  catalogue: Catalogue | undefined,
): Pick<PolicySetConfig, 'fleet'> {
  if (reader.at(path) === undefined || !reader.isMap(path, setFleetWords.what)) return {};
  reader.refuseOthers(Object.keys(setFleetShape), path);
  const types = catalogue?.machineTypes.map(({ name }) => name);
  const machines = reader.at([...path, 'machines']) === undefined ? null : readMachineCounts(reader, path, types);
  const workers = reader.at([...path, 'workers']) === undefined ? null : readWorkerCounts(reader, path);
  const known = catalogue?.variants.map(({ name }) => name);
  for (const { variant } of workers ?? []) {
    if (known === undefined || known.includes(variant)) continue;
    reader.unknownName([...path, 'workers', variant], 'selected variant', { name: variant, known });
  }
  return { fleet: { machines, workers } };
}
