-- Everything here can be fetched again.
CREATE TABLE repo (
    id INTEGER PRIMARY KEY,
    host TEXT NOT NULL COLLATE NOCASE,
    owner TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL COLLATE NOCASE,
    viewer TEXT,
    clone_url TEXT,
    default_branch TEXT,
    -- When the list of changes was last confirmed, by the forge's clock.
    list_checked_at TEXT,
    UNIQUE (host, owner, name)
);

CREATE TABLE change (
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    -- The pull request as a model record.
    pr TEXT NOT NULL,
    -- What the inbox shows, computed after each sync of the change; absent before the first.
    summary TEXT,
    -- `updated_at` of the pull request when its evidence was last complete.
    synced_for TEXT,
    PRIMARY KEY (repo, number)
) WITHOUT ROWID;

CREATE INDEX change_by_time ON change (repo, state, updated_at DESC);

-- A part of a change's evidence: extracted records (zlib), state and age.
CREATE TABLE part (
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    part TEXT NOT NULL,
    state TEXT NOT NULL,
    checked_at TEXT,
    count INTEGER NOT NULL,
    records BLOB,
    PRIMARY KEY (repo, number, part)
) WITHOUT ROWID;

-- Raw answers of the forge (zlib), for conditional requests and for the dossier. The tag is
-- written in the transaction that writes the rows from its body.
CREATE TABLE response (
    url TEXT NOT NULL,
    account TEXT NOT NULL,
    repo INTEGER REFERENCES repo (id) ON DELETE CASCADE,
    etag TEXT,
    last_modified TEXT,
    next TEXT,
    fetched_at TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (url, account)
) WITHOUT ROWID;

-- Files taken from artifacts, by digest once.
CREATE TABLE blob (
    digest TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    bytes BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE artifact_file (
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    artifact INTEGER NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES blob (digest),
    PRIMARY KEY (repo, artifact, path)
) WITHOUT ROWID;

-- Artifacts whose content was looked at, so that an archive without results is not fetched twice.
CREATE TABLE artifact (
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    artifact INTEGER NOT NULL,
    problems TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    PRIMARY KEY (repo, artifact)
) WITHOUT ROWID;
