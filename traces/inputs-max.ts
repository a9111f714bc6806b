/** Inputs of one query, at most: they fit the 32 bits that a spooled record has for them. */
export const INPUTS_MAX = 1_000_000_000;
