/**
 * Mistakes in a text of lines, collected so that the user hears of all at once. Invariant: what is thrown names a place
 * for each mistake, and nothing is thrown when there is none.
 */
import { ServingError, ServingErrors } from '../../core/index.ts';
import type { ServingErrorParts } from '../../core/index.ts';

export class TextProblems {
  private readonly errors: ServingError[] = [];
  private readonly file: string;
  private readonly code: string;

  /** @param file as the user would write it. @param code of every mistake. */
  constructor(file: string, code: string) {
    this.file = file;
    this.code = code;
  }

  /** `file:line`, or the file alone. @param line from 1; 0 for the whole file. */
  place(line: number): string {
    return line === 0 ? this.file : `${this.file}:${line}`;
  }

  add(line: number, parts: Omit<ServingErrorParts, 'code' | 'place'>): void {
    this.errors.push(new ServingError({ ...parts, code: this.code, place: this.place(line) }));
  }

  /** Takes over what a further check throws. */
  adopt(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (error instanceof ServingErrors) this.errors.push(...error.errors);
      else if (error instanceof ServingError) this.errors.push(error);
      else throw error;
    }
  }

  get found(): boolean {
    return this.errors.length > 0;
  }

  /** @throws ServingErrors when there was a mistake. */
  throwAny(): void {
    if (this.errors.length > 0) throw new ServingErrors(this.errors);
  }
}
