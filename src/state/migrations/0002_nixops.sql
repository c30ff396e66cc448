-- What an imported deployment of NixOps had, word by word: its own attributes (no resource) and those of each resource.
-- Attributes are JSON objects of texts; those that give away a secret stand apart.

CREATE TABLE nixops_attributes (
    deployment TEXT NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
    resource   TEXT NOT NULL,
    kind       TEXT NOT NULL,
    attributes TEXT NOT NULL,
    secrets    TEXT NOT NULL,
    PRIMARY KEY (deployment, resource)
);
