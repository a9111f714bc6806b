/** What earlier sittings have left to measure. Pure. */
import type { SampleRecord } from './records.ts';
import { isBeyond } from './records.ts';
import type { Cell, Unit } from './schedule.ts';
import { blockKey } from './schedule.ts';

/** The units that have cells without a block, or no load; each with those cells alone. What cannot be measured is not left. */
export function unitsLeft(units: readonly Unit[], records: readonly SampleRecord[]): readonly Unit[] {
  const known = new Set(records.flatMap((record) => (record.type === 'block' ? [blockKey(record, record)] : [])));
  const failures = records.filter((record) => record.type === 'failure');
  const cannot = ({ target }: Unit, cell: Cell): boolean => failures.some((failure) => isBeyond(failure, target, cell));
  return units
    .filter((unit) => !unit.cells.every((cell) => cannot(unit, cell)))
    .map((unit) => ({
      ...unit,
      cells: unit.cells.filter((cell) => !known.has(blockKey(unit, cell)) && !cannot(unit, cell)),
    }))
    .filter((unit) => unit.cells.length > 0 || !isLoadKnown(unit, records));
}

/** Whether the process of a unit has been timed. */
export function isLoadKnown({ round, target }: Unit, records: readonly SampleRecord[]): boolean {
  return records.some((record) => record.type === 'load' && record.round === round && record.target === target);
}
