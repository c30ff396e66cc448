-- The first schema: deployments, machines, generations, runs with their journals, and locks.
-- Only TEXT and BIGINT are used, and only SQL that SQLite and PostgreSQL read alike. Times are microseconds since
-- 1970 in UTC, booleans are 0 or 1, lists and maps are JSON text.

CREATE TABLE deployments (
    id              TEXT   NOT NULL PRIMARY KEY,
    name            TEXT   UNIQUE,
    description     TEXT   NOT NULL,
    source          TEXT   NOT NULL,
    arguments       TEXT   NOT NULL,
    nix_path        TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    last_generation BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX deployments_by_source ON deployments (source);

CREATE TABLE machines (
    deployment    TEXT   NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
    name          TEXT   NOT NULL,
    recorded_at   BIGINT NOT NULL,
    state_version TEXT,
    private_key   TEXT,
    public_key    TEXT,
    key_deployed  BIGINT NOT NULL DEFAULT 0,
    host_keys     TEXT   NOT NULL DEFAULT '[]',
    toplevel      TEXT,
    generation    BIGINT,
    host          TEXT,
    port          BIGINT,
    login_user    TEXT,
    PRIMARY KEY (deployment, name)
);

CREATE TABLE generations (
    deployment  TEXT   NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,
    run         TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    user_name   TEXT   NOT NULL,
    host        TEXT   NOT NULL,
    revision    TEXT,
    description TEXT   NOT NULL,
    PRIMARY KEY (deployment, number)
);

CREATE TABLE generation_machines (
    deployment TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    machine    TEXT   NOT NULL,
    toplevel   TEXT   NOT NULL,
    derivation TEXT,
    PRIMARY KEY (deployment, number, machine),
    FOREIGN KEY (deployment, number) REFERENCES generations (deployment, number) ON DELETE CASCADE
);

CREATE TABLE runs (
    id           TEXT   NOT NULL PRIMARY KEY,
    deployment   TEXT   NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
    kind         TEXT   NOT NULL,
    plan_version BIGINT NOT NULL,
    user_name    TEXT   NOT NULL,
    host         TEXT   NOT NULL,
    process      BIGINT NOT NULL,
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    outcome      TEXT,
    -- Last, because what stands behind a long text is slow to read.
    plan         TEXT   NOT NULL
);
CREATE INDEX runs_by_deployment ON runs (deployment, started_at);
CREATE INDEX runs_by_end ON runs (ended_at);

CREATE TABLE journal (
    run      TEXT   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    step     TEXT   NOT NULL,
    event    TEXT   NOT NULL,
    machine  TEXT,
    message  TEXT   NOT NULL,
    output   TEXT,
    at       BIGINT NOT NULL,
    fence    BIGINT NOT NULL,
    PRIMARY KEY (run, sequence)
);
CREATE INDEX journal_by_step ON journal (run, step, sequence);

-- One row per deployment that was ever locked. The fence only grows; without a run the row is free.
CREATE TABLE locks (
    deployment    TEXT   NOT NULL PRIMARY KEY REFERENCES deployments (id) ON DELETE CASCADE,
    fence         BIGINT NOT NULL,
    run           TEXT,
    user_name     TEXT   NOT NULL,
    host          TEXT   NOT NULL,
    process       BIGINT NOT NULL,
    process_start BIGINT NOT NULL,
    boot          TEXT   NOT NULL,
    since         BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL
);
