/** Coefficients of variation of renewal gaps: below it use `constant`; above it a run sees a single burst. */
export const CV_RANGE = { minimum: 0.01, maximum: 100 } as const;
