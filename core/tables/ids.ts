/** The numbers that workers and machines go by. */

/** A worker's number, reused by a later generation after it died. */
export type WorkerId = number;
/** How often a worker's number has been used; messages of an old generation are dropped. */
export type Generation = number;
export type MachineId = number;
