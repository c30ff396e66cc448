-- What the history of runs shows: what a run was for, without reading its plan, and what was said while it went on.
-- Runs from before have neither.

CREATE TABLE run_scopes (
    run      TEXT   NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    goal     TEXT   NOT NULL,
    machines BIGINT NOT NULL,
    left_out TEXT   NOT NULL,
    changes  TEXT
);

CREATE TABLE run_lines (
    run      TEXT   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    sequence BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    machine  TEXT,
    warning  BIGINT NOT NULL,
    text     TEXT   NOT NULL,
    PRIMARY KEY (run, sequence)
);
