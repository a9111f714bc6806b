/**
 * Machines of one type are interchangeable in a plan, so the plan's columns may be dealt among them anew: each goes to
 * the machine that already has most of its workers. Greedy, the largest overlap first; it saves loads and changes no
 * capacity.
 */

/** Workers by variant on one machine. */
export type Column = Int32Array;

/**
 * The planned columns in a new order: position `i` is for machine `i`. Only machines of equal class change columns.
 * @param classes what must be equal for two machines to be interchangeable, by position.
 */
export function matchMachines(
  planned: readonly Column[],
  current: readonly Column[],
  classes: readonly string[],
): Column[] {
  const matched: Column[] = [...planned];
  for (const each of new Set(classes)) {
    const positions = classes.flatMap((name, position) => (name === each ? [position] : []));
    const pairs = positions.flatMap((machine) =>
      positions.map((column) => ({ machine, column, shared: overlap(planned[column], current[machine]) })),
    );
    pairs.sort((a, b) => b.shared - a.shared || a.machine - b.machine || a.column - b.column);
    const machines = new Set(positions);
    const columns = new Set(positions);
    for (const { machine, column } of pairs) {
      if (!machines.has(machine) || !columns.has(column)) continue;
      machines.delete(machine);
      columns.delete(column);
      matched[machine] = planned[column];
    }
  }
  return matched;
}

/** Workers that both columns have. */
function overlap(a: Column, b: Column): number {
  return a.reduce((sum, workers, variant) => sum + Math.min(workers, b[variant]), 0);
}
