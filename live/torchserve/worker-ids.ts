/** TorchServe numbers its workers from 9000, as texts. A worker keeps its number while it lives; none is given twice. */

const FIRST = 9000;

export class WorkerIds {
  private readonly known = new Map<string, string>();
  private given = 0;

  /** @param label the service's own name of the worker. */
  of(label: string): string {
    const known = this.known.get(label);
    if (known !== undefined) return known;
    const id = String(FIRST + this.given);
    this.given += 1;
    this.known.set(label, id);
    return id;
  }

  /** Forgets all other workers. */
  keepOnly(labels: Iterable<string>): void {
    const kept = new Set(labels);
    for (const label of this.known.keys()) if (!kept.has(label)) this.known.delete(label);
  }
}
