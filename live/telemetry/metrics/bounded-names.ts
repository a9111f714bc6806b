/**
 * Keeps the values of a label few: the first names keep their own, those beyond share `other`. A series that was begun
 * is never renamed.
 */

/** What names beyond the bound are counted as. */
export const OTHER = 'other';

export class BoundedNames {
  private readonly names = new Set<string>();
  private readonly most: number;

  /** @param most names that keep their own, 0 or more. */
  constructor(most: number) {
    this.most = most;
  }

  of(name: string): string {
    if (this.names.has(name)) return name;
    if (this.names.size >= this.most) return OTHER;
    this.names.add(name);
    return name;
  }
}
