/**
 * Parses YAML that strangers wrote: bounded in length, depth and repetition, plain values only. Tags are refused, so no
 * text can ask for anything but data; aliases that multiply are refused by the parser.
 */
import { parseDocument, visit } from 'yaml';
import { ServingError } from '../../core/index.ts';

/** A model's configuration or profile, with the samples of a long measurement. */
const MOST_CHARACTERS = 4_194_304;
const DEEPEST = 32;

/**
 * The plain value of a text.
 * @param place what messages begin with.
 * @throws ServingError MODEL_YAML.
 */
export function parseBoundedYaml(text: string, place: string): unknown {
  const refuse = (message: string, cause?: unknown): never => {
    throw new ServingError({ code: 'MODEL_YAML', place, message, ...(cause === undefined ? {} : { cause }) });
  };
  if (text.length > MOST_CHARACTERS) refuse(`the YAML is longer than ${MOST_CHARACTERS} characters`);
  if (isDeep(text)) refuse(`the YAML is nested more than ${DEEPEST} levels deep`);
  try {
    const document = parseDocument(text, { prettyErrors: false, schema: 'core', resolveKnownTags: false });
    const [error] = document.errors;
    if (error !== undefined) refuse(`this is not valid YAML: ${error.message}`, error);
    visit(document, {
      Node(_key, node) {
        if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) refuse('YAML tags are not allowed');
      },
    });
    if (document.warnings.length > 0) refuse('YAML tags are not allowed');
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    if (cause instanceof ServingError) throw cause;
    return refuse(`this YAML cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** Whether a parser that calls itself for each level would go too deep. Counts more than there is, never less. */
function isDeep(text: string): boolean {
  let flow = 0;
  for (const line of text.split('\n')) {
    const [indent, dashes] = /^( *)((?:[-?:] +)*)/.exec(line)?.slice(1) ?? ['', ''];
    // A level of a block takes one space at least, and nobody indents by one.
    if ((indent.length + dashes.length) / 2 > DEEPEST) return true;
    for (const character of line) {
      if (character === '[' || character === '{') flow += 1;
      else if ((character === ']' || character === '}') && flow > 0) flow -= 1;
      if (flow > DEEPEST) return true;
    }
  }
  return false;
}
