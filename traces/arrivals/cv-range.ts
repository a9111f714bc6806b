/** Coefficients of variation that the renewal processes accept: below it use `constant`; above it a run sees one burst. */
export const CV_RANGE = { minimum: 0.01, maximum: 100 } as const;
