/**
 * Reads one version of a config (the file, or a grid point of it) piece by piece, and collects what is wrong instead
 * of stopping at it: a broken section hides no mistake in another. A value that could not be read is undefined, so
 * that further checks skip it. Invariant: whatever is undefined and should not be has an error.
 */
import { z } from 'zod';
import type { ValuePath } from '../../backends/index.ts';
import { ServingError, ServingErrors } from '../../core/index.ts';
import { namesToward, oneOf, shapeErrors, shown, unknownKey, wrongValue } from './shape-errors.ts';
import { pathText, valueAt } from './value-path.ts';

/** The values of a map's keys that could be read. */
export type Read<Shape extends z.ZodRawShape> = { readonly [Key in keyof Shape]?: z.output<Shape[Key]> | undefined };

export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly found?: string;
  readonly meant?: string;
  readonly expected?: string;
  readonly next?: string;
  readonly cause?: unknown;
}

export class ConfigReader {
  readonly data: unknown;
  /** Absolute folder that paths in the config start from. */
  readonly folder: string;
  /** `file:line` of the value at a path. */
  readonly locate: (path: ValuePath) => string;
  readonly errors: ServingError[] = [];
  /** What can be run but should be looked at. */
  readonly notes: string[] = [];

  constructor(data: unknown, folder: string, locate: (path: ValuePath) => string) {
    this.data = data;
    this.folder = folder;
    this.locate = locate;
  }

  at(path: ValuePath): unknown {
    return valueAt(this.data, path);
  }

  /** The value at a path as the schema reads it. */
  read<Schema extends z.core.$ZodType>(schema: Schema, path: ValuePath): z.output<Schema> | undefined {
    const parsed = z.safeParse(schema, this.at(path));
    if (parsed.success) return parsed.data;
    this.errors.push(...shapeErrors(parsed.error.issues, path, this));
    return undefined;
  }

  /** The values of a map, each read by itself. @param what completes "expected ..." when it is no map. */
  readKeys<Shape extends z.ZodRawShape>(shape: Shape, path: ValuePath, what: string): Read<Shape> {
    if (!this.isMap(path, what)) return {};
    this.refuseOthers(Object.keys(shape), path);
    // Each key is read by its own schema, so the entries are what the type says.
    return Object.fromEntries(
      Object.entries(shape).map(([key, schema]) => [key, this.read(schema, [...path, key])]),
    ) as Read<Shape>;
  }

  /** The entries of a list, each read by itself: one that cannot be read is undefined. */
  readEach<Schema extends z.core.$ZodType>(
    schema: Schema,
    path: ValuePath,
    what: string,
  ): (z.output<Schema> | undefined)[] {
    return this.entries(path, what).map((entry) => this.read(schema, entry));
  }

  /** The values of a map with free keys, each read by itself; undefined when there is no map. */
  readMap<Schema extends z.core.$ZodType>(
    schema: Schema,
    path: ValuePath,
    what: string,
  ): Map<string, z.output<Schema> | undefined> | undefined {
    if (!this.isMap(path, what)) return undefined;
    const keys = Object.keys(this.at(path) ?? {});
    return new Map(keys.map((key) => [key, this.read(schema, [...path, key])]));
  }

  /** The paths of a list's entries; none when it is left out or is no list. */
  entries(path: ValuePath, what: string): ValuePath[] {
    const value = this.at(path);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value.map((_, index) => [...path, index]);
    this.errors.push(wrongValue(path, what, this));
    return [];
  }

  /** Whether there is a map at a path; complains when there is not. */
  isMap(path: ValuePath, what: string): boolean {
    const value = this.at(path);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return true;
    this.errors.push(wrongValue(path, what, this));
    return false;
  }

  /** Complains about every key of a map that is not in the list. */
  refuseOthers(known: readonly string[], path: ValuePath): void {
    const judged = { data: this.data, locate: this.locate, expected: oneOf(known) };
    for (const key of Object.keys(this.at(path) ?? {})) {
      if (!known.includes(key)) this.errors.push(unknownKey(path, key, judged));
    }
  }

  /** A value of the right shape that cannot be used. */
  refuse(path: ValuePath, expected: string): void {
    this.errors.push(wrongValue(path, expected, this));
  }

  /** A mistake in other words; the path opens the message. */
  fail(path: ValuePath, { message, ...parts }: Complaint): void {
    this.errors.push(new ServingError({ ...parts, place: this.locate(path), message: `${pathText(path)} ${message}` }));
  }

  /** A name that nothing has. @param kind what it should name, such as "variant". */
  unknownName(path: ValuePath, kind: string, { name, known }: { name: string; known: readonly string[] }): void {
    const expected = known.length > 0 ? oneOf(known) : `a ${kind}, and there is none`;
    this.fail(path, {
      code: 'CONFIG_UNKNOWN_NAME',
      message: `names no ${kind}`,
      found: shown(name),
      ...namesToward(name, expected),
    });
  }

  /** Takes over errors that another part threw. One without a line of its own gets the path's, and keeps its place. */
  adopt(error: unknown, path: ValuePath): void {
    if (error instanceof ServingErrors) {
      for (const each of error.errors) this.adopt(each, path);
      return;
    }
    if (!(error instanceof ServingError)) throw error;
    const { place, message } = error.parts;
    if (place !== undefined && /:\d+$/.test(place)) this.errors.push(error);
    else {
      const told = [pathText(path), ...(place === undefined ? [] : [place]), message].join(': ');
      this.errors.push(new ServingError({ ...error.parts, place: this.locate(path), message: told }));
    }
  }

  note(path: ValuePath, text: string): void {
    this.notes.push(`${this.locate(path)}: ${text}`);
  }
}
