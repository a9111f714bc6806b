/** Extents that a model leaves open, chosen by the user: `input=3x224x224`. Pure. */
import { ServingError } from '../../../core/index.ts';
import type { TensorSpec } from '../../../core/index.ts';

export interface ShapeChoice {
  readonly input: string;
  /** Of one input, without the batch; of the whole tensor where the model does not batch. */
  readonly extents: readonly number[];
}

/** @throws ServingError PROFILE_SHAPE for anything but `name=3x224x224`; a name may hold "=" itself. */
export function parseShape(text: string): ShapeChoice {
  const match = /^(?<input>.+)=(?<extents>\d+(?:x\d+)*)$/.exec(text)?.groups;
  const extents = match?.['extents']?.split('x').map(Number) ?? [];
  if (match?.['input'] !== undefined && extents.every((extent) => extent >= 1))
    return { input: match['input'], extents };
  throw new ServingError({
    code: 'PROFILE_SHAPE',
    place: '--shape',
    message: 'this is no shape of an input',
    found: JSON.stringify(text),
    expected: 'a name and extents of at least 1, without the batch, such as input=3x224x224',
  });
}

/**
 * The inputs with their open extents filled in.
 * @throws ServingError PROFILE_SHAPE for an input that stays open, or a choice that contradicts the model.
 */
export function shapedInputs(
  inputs: readonly TensorSpec[],
  choices: readonly ShapeChoice[],
  place: string,
): readonly TensorSpec[] {
  return inputs.map((input) => {
    const choice = choices.find(({ input: name }) => name === input.name);
    const row = input.shape[0] === null ? input.shape.slice(1) : input.shape;
    if (choice === undefined) {
      if (!row.includes(-1)) return input;
      throw new ServingError({
        code: 'PROFILE_SHAPE',
        place,
        message: `input "${input.name}" has extents that each request chooses, so no batch can be made up`,
        found: `${input.type} [${input.shape.map(extentText).join(',')}]`,
        next: `name them: --shape ${input.name}=${row.map((extent) => (extent === -1 ? 224 : extent)).join('x')}`,
      });
    }
    const { extents } = choice;
    if (extents.length === row.length && row.every((extent, at) => extent === -1 || extent === extents[at])) {
      return { ...input, shape: input.shape[0] === null ? [null, ...extents] : extents };
    }
    throw new ServingError({
      code: 'PROFILE_SHAPE',
      place,
      message: `the shape named for input "${input.name}" is not one that the model takes`,
      found: extents.join('x'),
      expected: `${row.map(extentText).join('x')}${input.shape[0] === null ? ', without the batch' : ''}`,
    });
  });
}

function extentText(extent: number | null): string {
  return extent === null ? 'N' : extent === -1 ? '?' : String(extent);
}
