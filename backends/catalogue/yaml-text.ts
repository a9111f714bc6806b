/**
 * Parses YAML and keeps where everything stands, so that a complaint about a value can name its line. It knows the
 * syntax and nothing of what the text means. Invariant: every path has a place; a path that leads nowhere has the
 * place of the nearest thing above it.
 */
import type { Document, Node, Pair } from 'yaml';
import { LineCounter, isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import { ServingError } from '../../core/index.ts';

/** A path into a document: keys of maps and indexes of lists. */
export type ValuePath = readonly (string | number)[];

export interface YamlText {
  /** The plain value; undefined when there were errors. */
  readonly value: unknown;
  /** Errors of syntax, duplicate keys among them. */
  readonly errors: readonly ServingError[];
  /** `file:line` of the value at a path, of its key where it is in a map. */
  readonly locate: (path: ValuePath) => string;
}

/** Parses a YAML text. @param file the name that places begin with. */
export function parseYamlText(text: string, file: string): YamlText {
  const lines = new LineCounter();
  // `<<: *name` repeats a map with changes: variants of one network differ in little.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const placeAt = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  const errors = document.errors.map(
    (error) =>
      new ServingError({
        code: 'CATALOGUE_SYNTAX',
        place: placeAt(error.pos[0]),
        message: `this is not valid YAML: ${error.message}`,
        cause: error,
      }),
  );
  if (errors.length > 0) return { value: undefined, errors, locate: () => placeAt(0) };
  try {
    const value: unknown = document.toJS();
    return { value, errors, locate: (path) => placeAt(offsetOf(document, path)) };
  } catch (cause) {
    // Aliases that multiply without end are found only when they are followed.
    const message = `this YAML cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`;
    const error = new ServingError({ code: 'CATALOGUE_SYNTAX', place: `${file}:1`, message, cause });
    return { value: undefined, errors: [error], locate: () => placeAt(0) };
  }
}

function offsetOf(document: Document, path: ValuePath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      const item = node.items[step];
      if (item === undefined) break;
      offset = startOf(item) ?? offset;
      node = isPair(item) ? item.value : item;
    } else {
      break;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
