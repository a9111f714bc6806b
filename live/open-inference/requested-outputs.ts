/** Which outputs an answer has, and in which form: of the request's list, or all. Judged before anything is executed. */
import type { TensorSpec } from '../../core/index.ts';
import { HttpRefusal } from '../http/index.ts';
import type { ModelEntry } from '../service/index.ts';
import { quoted } from './client-text.ts';
import { flagOf, NO_PARAMETERS, refuseNotOffered } from './parameters.ts';
import type { Parameters } from './parameters.ts';

/** An output as a client asks for it. */
export interface OutputWish {
  readonly name: string;
  readonly parameters: Parameters;
}

export interface RequestedOutput {
  readonly spec: TensorSpec;
  /** As bytes beside the JSON, not in it. */
  readonly isBinary: boolean;
  /** The best so many classes in place of the values; 0 for the values. */
  readonly classes: number;
}

/**
 * The outputs in the order of the request, or of the model where the request lists none.
 * @param isBinary the form of those that do not say it.
 * @throws HttpRefusal 400 for unknown and repeated outputs and for forms that the type does not have.
 */
export function requestedOutputs(
  entry: ModelEntry,
  wishes: readonly OutputWish[],
  isBinary: boolean,
): RequestedOutput[] {
  const listed = wishes.length > 0 ? wishes : entry.outputs.map(({ name }) => ({ name, parameters: NO_PARAMETERS }));
  const seen = new Set<string>();
  return listed.map(({ name, parameters }) => {
    const where = `output ${quoted(name)}`;
    const spec = entry.outputs.find((output) => output.name === name);
    if (spec === undefined) {
      const known = entry.outputs.map((output) => quoted(output.name)).join(', ');
      throw new HttpRefusal(400, `${where}: model ${quoted(entry.name)} does not have it, expected ${known}`);
    }
    if (seen.has(name)) throw new HttpRefusal(400, `${where}: got it twice, expected it once`);
    seen.add(name);
    refuseNotOffered(parameters);
    const requested = {
      spec,
      isBinary: flagOf(parameters, 'binary_data', where) ?? isBinary,
      classes: classesOf(parameters, where),
    };
    refuseFormless(requested, where);
    return requested;
  });
}

function classesOf(parameters: Parameters, where: string): number {
  const value = parameters.get('classification');
  if (value === undefined) return 0;
  const count = typeof value === 'bigint' ? Number(value) : value;
  if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) return count;
  const shown = JSON.stringify(String(value).slice(0, 40));
  throw new HttpRefusal(400, `${where}: parameter classification got ${shown}, expected an integer from 1`);
}

function refuseFormless({ spec: { type }, isBinary, classes }: RequestedOutput, where: string): void {
  if (classes > 0 && (type === 'string' || type === 'float16')) {
    throw new HttpRefusal(400, `${where}: classification needs numbers, and not FP16; ask for the values`);
  }
  if (classes === 0 && !isBinary && type === 'float16') {
    throw new HttpRefusal(
      400,
      `${where}: FP16 has no JSON form; ask for it as binary data ("parameters": {"binary_data": true})`,
    );
  }
}
