// The last minutes as the server keeps them: loaded once, then followed second by second.

/** What a model's series are kept under. */
export function keyOf(name, version) {
  return `${name}\n${version}`;
}

export class History {
  columns = [];
  sequence = -1;
  lengthS = 0;
  all = new Map();
  /** @type {Map<string, { name: string, version: string, points: Map<string, (number | null)[]> }>} */
  variants = new Map();

  load({ columns, sequence, lengthS, all, variants }) {
    this.columns = columns;
    this.sequence = sequence;
    this.lengthS = lengthS;
    this.all = this.unpack(all);
    this.variants = new Map(
      variants.map(({ name, version, points }) => [
        keyOf(name, version),
        { name, version, points: this.unpack(points) },
      ]),
    );
  }

  /** @returns {boolean} False when seconds are missing: then it has to be loaded again. */
  add({ sequence, all, variants }) {
    if (sequence <= this.sequence) return true;
    if (sequence !== this.sequence + 1) return false;
    this.sequence = sequence;
    this.append(this.all, all);
    const there = new Set();
    for (const { name, version, point } of variants) {
      const key = keyOf(name, version);
      there.add(key);
      let variant = this.variants.get(key);
      if (variant === undefined) this.variants.set(key, (variant = { name, version, points: this.unpack([]) }));
      this.append(variant.points, point);
    }
    for (const key of this.variants.keys()) if (!there.has(key)) this.variants.delete(key);
    return true;
  }

  /** The series of a model, or of all for ''. */
  points(key) {
    return key === '' ? this.all : this.variants.get(key)?.points;
  }

  /** A column that never changed comes as one value. */
  unpack(packed) {
    const count = Array.isArray(packed[0]) ? packed[0].length : 0;
    return new Map(
      this.columns.map((column, i) => {
        const values = packed[i] ?? null;
        return [column, Array.isArray(values) ? values : new Array(count).fill(values)];
      }),
    );
  }

  append(points, numbers) {
    this.columns.forEach((column, i) => {
      const values = points.get(column);
      values.push(numbers[i]);
      if (values.length > this.lengthS) values.shift();
    });
  }
}

/** Sum of a column's last seconds. */
export function recent(points, column, seconds) {
  const values = points?.get(column) ?? [];
  return values.slice(-seconds).reduce((sum, value) => sum + (value ?? 0), 0);
}

/** A column's latest value. */
export function latest(points, column) {
  return points?.get(column)?.at(-1) ?? null;
}

/** Events per second over the last ten; over what there is, when that is less. */
export function rate(points, column) {
  const count = Math.min(10, points?.get(column)?.length ?? 0);
  return count === 0 ? null : recent(points, column, count) / count;
}
