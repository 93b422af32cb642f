-- Files that the forge gave and that hang on a change, not on an artifact: reports of scanners,
-- bundles of attestations. Each lies in `blob` once, by its digest.
CREATE TABLE kept (
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES blob (digest),
    PRIMARY KEY (repo, number, name)
) WITHOUT ROWID;
CREATE INDEX kept_by_digest ON kept (digest);
