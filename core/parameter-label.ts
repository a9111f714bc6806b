/**
 * What a swept parameter is called beside its values: the last step of its path in the config, and the step before it
 * where the last alone says nothing (`at`, `count`, an index). It knows which maps of a config have names as keys,
 * because a name may contain dots (`fleet.machines.p3.2xlarge`); it does not know whether a path leads anywhere.
 */

/** Maps whose keys are names of machine types or variants. */
const NAMED: ReadonlySet<string> = new Set(['machines', 'workers']);
/** What a path may say of such a name. */
const OF_NAMED: ReadonlySet<string> = new Set(['count', 'max']);
/** Steps that mean something only with what they belong to. */
const VAGUE: ReadonlySet<string> = new Set(['at', 'count', 'max', 'min', 'from', 'to', 'name', 'policy', 'value']);

/** The steps of a path: `rollouts[0].at` is rollouts, 0, at. */
export function parameterSteps(path: string): string[] {
  const words = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  const named = words.findIndex((word, index) => NAMED.has(word) && index < words.length - 1);
  if (named < 0) return words;
  const name = words.slice(named + 1);
  const after = name.length > 1 && OF_NAMED.has(name[name.length - 1]) ? name.splice(-1) : [];
  return [...words.slice(0, named + 1), name.join('.'), ...after];
}

/** "rate" of `workload.arrivals.rate`, "rollouts[0].at" of `rollouts.0.at`, "p3.2xlarge" of `fleet.machines.p3.2xlarge`. */
export function parameterLabel(path: string): string {
  const steps = parameterSteps(path);
  let first = steps.length - 1;
  while (first > 0 && (VAGUE.has(steps[first]) || isIndex(steps[first]))) first -= 1;
  return steps
    .slice(first)
    .map((step, index) => (isIndex(step) && index > 0 ? `[${step}]` : index > 0 ? `.${step}` : step))
    .join('');
}

function isIndex(step: string): boolean {
  return /^\d+$/.test(step);
}
