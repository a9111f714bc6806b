/**
 * Random numbers for the statistics tests alone, seeded and independent of the streams under test elsewhere.
 * Generator: mulberry32 (T. Ettinger 2017, public domain).
 */

/** Uniform draws in [0, 1) that depend on nothing but the seed. */
export function uniforms(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Standard normal draws by Box and Muller. */
export function normals(seed: number): () => number {
  const uniform = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** AR(1): x_i = mean + phi (x_{i-1} - mean) + e_i, started in its stationary distribution. */
export function autoregressive(options: { seed: number; length: number; mean: number; phi: number }): Float64Array {
  const { seed, length, mean, phi } = options;
  const normal = normals(seed);
  const series = new Float64Array(length);
  let deviation = normal() / Math.sqrt(1 - phi * phi);
  for (let index = 0; index < length; index += 1) {
    series[index] = mean + deviation;
    deviation = phi * deviation + normal();
  }
  return series;
}

/** Waiting times of successive customers of an M/M/1 that starts empty, service rate 1 (Lindley's recursion). */
export function mm1Waits(options: { seed: number; length: number; arrivalRate: number }): Float64Array {
  const { seed, length, arrivalRate } = options;
  const uniform = uniforms(seed);
  const waits = new Float64Array(length);
  for (let index = 1; index < length; index += 1) {
    const service = -Math.log(1 - uniform());
    const gap = -Math.log(1 - uniform()) / arrivalRate;
    waits[index] = Math.max(0, waits[index - 1] + service - gap);
  }
  return waits;
}
