/**
 * The tables of the service's database, as numbered steps: step i brings a database from version i-1 to i. Every
 * table of the service is defined here, whoever owns it. Invariant: a step that was released never changes; a change
 * of a table is a new step at the end.
 */

export interface Migration {
  /** What it brings, for people. */
  readonly title: string;
  readonly sql: string;
}

/**
 * Tables are STRICT, so a column holds what it says. Times are whole milliseconds since 1970 (nanoseconds since 1970
 * do not fit a JavaScript number), switches 0 or 1.
 */
export const migrations: readonly Migration[] = [
  {
    title: 'signing keys (live/auth)',
    sql: `
      CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        application TEXT NOT NULL,
        scopes TEXT NOT NULL,
        secret BLOB NOT NULL,
        created_ms INTEGER NOT NULL,
        last_used_ms INTEGER,
        revoked_ms INTEGER
      ) STRICT;`,
  },
  {
    title: 'registered models (live/registry)',
    sql: `
      CREATE TABLE models (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        is_default INTEGER NOT NULL,
        loaded INTEGER NOT NULL,
        least INTEGER,
        most INTEGER,
        artifact_sha256 TEXT,
        artifact_file TEXT,
        facts TEXT NOT NULL,
        registered_ms INTEGER NOT NULL,
        UNIQUE (name, version)
      ) STRICT;
      CREATE UNIQUE INDEX models_one_default ON models (name) WHERE is_default = 1;
      CREATE INDEX models_by_artifact ON models (artifact_sha256);`,
  },
  {
    title: 'offline jobs (live/offline)',
    sql: `
      CREATE TABLE jobs (
        ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        application TEXT NOT NULL,
        input TEXT NOT NULL,
        output TEXT NOT NULL,
        architecture TEXT NOT NULL,
        variant TEXT NOT NULL,
        batch INTEGER NOT NULL,
        attempts_max INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        reason TEXT NOT NULL DEFAULT '',
        total INTEGER,
        done INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        cancelled INTEGER NOT NULL DEFAULT 0,
        created_ms INTEGER NOT NULL,
        started_ms INTEGER,
        ended_ms INTEGER
      ) STRICT;
      CREATE INDEX jobs_open ON jobs (ordinal) WHERE ended_ms IS NULL;
      CREATE TABLE job_items (
        job INTEGER NOT NULL REFERENCES jobs (ordinal),
        number INTEGER NOT NULL,
        file TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed', 'cancelled')),
        attempts INTEGER NOT NULL DEFAULT 0,
        reason TEXT,
        output TEXT,
        PRIMARY KEY (job, number)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX job_items_failed ON job_items (job, number) WHERE state = 'failed';`,
  },
  {
    title: 'bounds set by hand for variants of the config (live/registry)',
    sql: `
      CREATE TABLE config_bounds (
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        least INTEGER,
        most INTEGER,
        PRIMARY KEY (name, version)
      ) STRICT, WITHOUT ROWID;`,
  },
];
