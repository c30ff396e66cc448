-- To whom private keys are encrypted: one row, or none while they are kept as they are. Every secret is encrypted to one key of the
-- state's own (recipient); its other half is kept encrypted to the keys of people (wrapped).

CREATE TABLE sealing (
    one       BIGINT NOT NULL PRIMARY KEY,
    recipient TEXT   NOT NULL,
    wrapped   TEXT   NOT NULL,
    openers   TEXT   NOT NULL,
    since     BIGINT NOT NULL
);
