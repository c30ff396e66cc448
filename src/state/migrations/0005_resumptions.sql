-- Who went on with a run that had been begun before; who began it stays in the run itself. Runs that were resumed earlier name
-- whoever did so last as the one that began them.

CREATE TABLE run_resumptions (
    run       TEXT   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    sequence  BIGINT NOT NULL,
    user_name TEXT   NOT NULL,
    host      TEXT   NOT NULL,
    process   BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (run, sequence)
);
