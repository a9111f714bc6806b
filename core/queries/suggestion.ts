/**
 * What to ask for instead, when no variant fits a query: the closest achievable accuracy and latency. INFaaS's paper
 * answers so (`suggestVariant`, USENIX ATC 2021); its release only says that none fits.
 * Latencies are those of the query's own inputs on an idle worker; queueing comes on top.
 */
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { VariantIndex } from '../catalogue/variant.ts';
import { formatDuration } from '../quantity.ts';
import { NEVER } from '../time.ts';
import type { Nanos } from '../time.ts';
import type { QueryKind } from '../workload.ts';
import { isNamedBy } from './homeless.ts';
import { queryForm, queryName, variantsNamed } from './query-form.ts';

/** A query with its objectives. */
export interface Asked {
  readonly kind: QueryKind;
  readonly inputs: number;
  /** `NEVER` for no objective. */
  readonly latencyNs: Nanos;
  /** 0 for no objective. */
  readonly accuracyPercent: number;
}

/** What a variant gives to a query. */
export interface Achievable {
  readonly variant: VariantIndex;
  readonly name: string;
  readonly accuracyPercent: number;
  readonly latencyNs: Nanos;
}

export interface Suggestion {
  /**
   * Why nothing fits: nobody has the name, no machine holds what has it, no batch is large enough, or the objectives
   * exclude each other.
   */
  readonly cause: 'unknown-name' | 'no-machine' | 'too-many-inputs' | 'objectives';
  /** The fastest variant that would do if the fleet had a machine for it. */
  readonly homeless?: Achievable;
  /** The most accurate variant within the latency, if any is. */
  readonly withinLatency?: Achievable;
  /** The fastest variant with the accuracy, if any has it. */
  readonly atAccuracy?: Achievable;
  /** The one that misses least: the sum of its relative shortfalls of both objectives is smallest. */
  readonly closest?: Achievable;
  /** Inputs that the largest batch of any named variant takes; 0 when the name is unknown. */
  readonly inputsMax: number;
}

/**
 * The closest that the catalogue has to a query that nothing fits; undefined when some variant does fit.
 * @param servedBy by variant, the one that serves in its place; each itself when left out.
 * @param homeless variants that no machine of the fleet can hold.
 */
export function suggest(
  catalogue: Catalogue,
  asked: Asked,
  servedBy?: readonly VariantIndex[],
  homeless: readonly VariantIndex[] = [],
): Suggestion | undefined {
  const named = new Set(variantsNamed(catalogue, asked.kind).map((index) => servedBy?.[index] ?? index));
  for (const index of homeless) named.delete(index);
  const lost = homeless.filter((index) => isNamedBy(asked.kind, catalogue.variants[index]));
  const instead = wouldDo(catalogue, asked, lost);
  if (named.size === 0) return { cause: lost.length === 0 ? 'unknown-name' : 'no-machine', inputsMax: 0, ...instead };
  const inputsMax = Math.max(...Array.from(named, (index) => catalogue.variants[index].maxBatch));
  if (asked.inputs > inputsMax) return { cause: 'too-many-inputs', inputsMax, ...instead };
  const { choices, fast, accurate } = judged(catalogue, asked, [...named]);
  if (fast.some((choice) => accurate.includes(choice))) return undefined;
  const withinLatency = best(fast, (a, b) => b.accuracyPercent - a.accuracyPercent || a.latencyNs - b.latencyNs);
  const atAccuracy = best(accurate, (a, b) => a.latencyNs - b.latencyNs || b.accuracyPercent - a.accuracyPercent);
  const closest = best(choices, (a, b) => shortfall(a, asked) - shortfall(b, asked));
  return {
    cause: 'objectives',
    inputsMax,
    ...instead,
    ...(withinLatency === undefined ? {} : { withinLatency }),
    ...(atAccuracy === undefined ? {} : { atAccuracy }),
    ...(closest === undefined ? {} : { closest }),
  };
}

/** The variants that take the inputs, and which of them are fast and accurate enough. */
function judged(
  catalogue: Catalogue,
  { inputs, latencyNs, accuracyPercent }: Asked,
  named: readonly VariantIndex[],
): Readonly<Record<'choices' | 'fast' | 'accurate', readonly Achievable[]>> {
  const choices = named
    .filter((index) => inputs <= catalogue.variants[index].maxBatch)
    .map((index) => achievable(catalogue, index, inputs));
  const fast = choices.filter((choice) => choice.latencyNs <= latencyNs);
  return { choices, fast, accurate: choices.filter((choice) => choice.accuracyPercent >= accuracyPercent) };
}

/** The fastest of the lost variants that fits. */
function wouldDo(catalogue: Catalogue, asked: Asked, lost: readonly VariantIndex[]): Pick<Suggestion, 'homeless'> {
  const { fast, accurate } = judged(catalogue, asked, lost);
  const fitting = fast.filter((choice) => accurate.includes(choice));
  const homeless = best(fitting, (a, b) => a.latencyNs - b.latencyNs);
  return homeless === undefined ? {} : { homeless };
}

/** One sentence for people: what is there instead. */
export function suggestionText(asked: Asked, suggestion: Suggestion): string {
  const { homeless } = suggestion;
  const wanting = homeless && `${homeless.name} would do, but no machine type of the fleet can hold it`;
  const held = heldText(asked, suggestion);
  if (wanting === undefined) return held;
  return suggestion.cause === 'no-machine' ? wanting : `${wanting}; ${held}`;
}

function heldText({ kind }: Asked, suggestion: Suggestion): string {
  if (suggestion.cause === 'no-machine') return `no machine type of the fleet can hold a variant for ${formText(kind)}`;
  if (suggestion.cause === 'unknown-name') return `no variant is listed for ${formText(kind)}`;
  if (suggestion.cause === 'too-many-inputs') {
    return `the largest batch for ${formText(kind)} takes ${suggestion.inputsMax} inputs`;
  }
  const { withinLatency, atAccuracy, closest } = suggestion;
  const parts = [
    withinLatency && `within the latency, ${achievableText(withinLatency)}`,
    atAccuracy && `at the accuracy, ${achievableText(atAccuracy)}`,
    withinLatency === undefined && atAccuracy === undefined && closest && achievableText(closest),
  ].filter((part) => typeof part === 'string');
  return `closest for ${formText(kind)}: ${parts.join('; ')}`;
}

function achievable({ variants, latency }: Catalogue, variant: VariantIndex, inputs: number): Achievable {
  const { name, accuracyPercent } = variants[variant];
  return { variant, name, accuracyPercent, latencyNs: latency[variant].expectedBatchNs(inputs) };
}

/** The first by an order; ties to the lower index, as the list has it. */
function best(
  choices: readonly Achievable[],
  compare: (a: Achievable, b: Achievable) => number,
): Achievable | undefined {
  return choices.toSorted(compare).at(0);
}

function shortfall({ latencyNs, accuracyPercent }: Achievable, asked: Asked): number {
  const late = asked.latencyNs === NEVER ? 0 : Math.max(0, latencyNs / asked.latencyNs - 1);
  const lacking = asked.accuracyPercent === 0 ? 0 : Math.max(0, 1 - accuracyPercent / asked.accuracyPercent);
  return late + lacking;
}

function achievableText({ name, accuracyPercent, latencyNs }: Achievable): string {
  return `${name} with ${accuracyPercent} % in ${formatDuration(latencyNs)}`;
}

function formText(kind: QueryKind): string {
  const form = queryForm(kind);
  return form === 'any' ? 'any query' : `${form.replace('-', ' ')} ${queryName(kind)}`;
}
