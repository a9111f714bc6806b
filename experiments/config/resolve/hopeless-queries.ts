/**
 * Notes the queries that nothing in the config can satisfy, even alone and at their easiest: fewest inputs, longest
 * latency, lowest accuracy. No mistakes: such queries may be the point of an experiment. Each note says what is closest.
 */
import type { Asked, Catalogue, Suggestion } from '../../../core/index.ts';
import {
  NEVER,
  formatDuration,
  homelessVariants,
  suggest,
  suggestionText,
  variantsNamed,
} from '../../../core/index.ts';
import type { QuerySpec } from '../../../traces/index.ts';
import type { ConfigReader } from '../config-reader.ts';
import type { PolicySetConfig, ScenarioConfig } from '../experiment-config.ts';

export interface AskedFleet extends Pick<ScenarioConfig, 'machines' | 'coreOvercommit'> {
  readonly catalogue: Catalogue;
}

/** Looks at the fleet of the experiment, and at those of the sets that have machines of their own. */
export function noteHopeless(
  reader: ConfigReader,
  queries: readonly QuerySpec[],
  { fleet, sets }: { readonly fleet: AskedFleet; readonly sets: readonly PolicySetConfig[] },
): void {
  for (const [index, query] of queries.entries()) {
    const asked = easiest(query);
    const path = ['workload', 'queries', index];
    const told = suggested(asked, fleet);
    if (told !== undefined) {
      const { key, text } = noteFor(asked, told, fleet);
      reader.note(key === '' ? path : [...path, key], text);
      continue;
    }
    for (const { name, fleet: own } of sets) {
      if (!own?.machines) continue;
      const ownFleet = { ...fleet, machines: own.machines };
      const suggestion = suggested(asked, ownFleet);
      if (suggestion === undefined) continue;
      reader.note(path, `under policy set ${name}: ${noteFor(asked, suggestion, ownFleet).text}`);
    }
  }
}

/** What of a query's distributions is easiest to give. */
function easiest({ kind, inputs, latency, accuracyPercent }: QuerySpec): Asked {
  const fewest =
    inputs.draw === 'fixed' ? inputs.value : inputs.draw === 'uniform' ? inputs.minimum : Math.min(...inputs.values);
  // What is drawn without a bound may be as long as it takes.
  const longestNs = latency.draw === 'fixed' ? latency.valueNs : latency.draw === 'uniform' ? latency.maximumNs : NEVER;
  const lowest = accuracyPercent.draw === 'fixed' ? accuracyPercent.value : Math.min(...accuracyPercent.values);
  return { kind, inputs: fewest, latencyNs: longestNs, accuracyPercent: lowest };
}

function suggested(asked: Asked, { catalogue, machines, coreOvercommit }: AskedFleet): Suggestion | undefined {
  return suggest(catalogue, asked, undefined, homelessOf({ catalogue, machines, coreOvercommit }));
}

function homelessOf({ catalogue, machines, coreOvercommit }: AskedFleet): readonly number[] {
  const types = machines.map(({ type }) => catalogue.machineTypes.findIndex(({ name }) => name === type));
  return homelessVariants(catalogue, types, coreOvercommit);
}

/** What is told, and at which key of the query. */
function noteFor(
  asked: Asked,
  suggestion: Suggestion,
  fleet: AskedFleet,
): { readonly key: string; readonly text: string } {
  const { inputs, latencyNs, accuracyPercent } = asked;
  const instead = suggestionText(asked, suggestion);
  if (suggestion.cause === 'too-many-inputs') {
    return {
      key: 'inputs',
      text: `no selected variant takes ${inputs} inputs in one batch: ${instead}; such queries are rejected`,
    };
  }
  if (suggestion.cause !== 'objectives') return { key: '', text: instead };
  const { catalogue } = fleet;
  const homeless = homelessOf(fleet);
  const held = variantsNamed(catalogue, asked.kind).filter(
    (index) => !homeless.includes(index) && catalogue.variants[index].maxBatch >= inputs,
  );
  const best = Math.max(...held.map((index) => catalogue.variants[index].accuracyPercent));
  const fastestNs = Math.min(...held.map((index) => catalogue.latency[index].expectedBatchNs(inputs)));
  const has = `has an accuracy of ${accuracyPercent} %`;
  const answers = `answers within ${formatDuration(latencyNs)}`;
  const key = accuracyPercent > best || latencyNs >= fastestNs ? 'accuracy' : 'latency';
  const apart = [...(accuracyPercent > best ? [has] : []), ...(latencyNs < fastestNs ? [answers] : [])];
  // Each may be had, but not of one variant.
  const lacking = apart.length === 0 ? `${has} and ${answers}` : apart.join(', none ');
  return { key, text: `no selected variant ${lacking}; ${instead}` };
}
