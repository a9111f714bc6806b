/** The JSON form of an answer, the same for every protocol that has no form of its own. */
import { assertNever } from '../../core/index.ts';
import type { HandlerAnswer } from './handler.ts';
import { nestedValues } from './json-tensor.ts';

/**
 * A classification as its best class and the ranking; tensors as nested lists, by name where there are several.
 * @returns a value that `JSON.stringify` writes without loss.
 */
export function answerJson(answer: HandlerAnswer): unknown {
  switch (answer.kind) {
    case 'classification': {
      const [{ index, label, probability }] = answer.top;
      return { label, index, probability, top: answer.top };
    }
    case 'tensors':
      return answer.tensors.length === 1
        ? nestedValues(answer.tensors[0])
        : Object.fromEntries(answer.tensors.map((tensor) => [tensor.name, nestedValues(tensor)]));
    case 'json':
      return answer.value;
    default:
      return assertNever(answer);
  }
}
