-- Repositories: what stays when a name changes, what was learnt about asking, what was lost.
ALTER TABLE repo ADD COLUMN forge_id INTEGER;
-- What the forge says of its size.
ALTER TABLE repo ADD COLUMN size_kib INTEGER;
-- Changes that one query may ask for, where the forge could not manage the usual number.
ALTER TABLE repo ADD COLUMN page_size INTEGER;
-- When the forge began to say that there is no such repository for this token.
ALTER TABLE repo ADD COLUMN lost_at TEXT;

-- Names that a repository had before.
CREATE TABLE alias (
    host TEXT NOT NULL COLLATE NOCASE,
    owner TEXT NOT NULL COLLATE NOCASE,
    name TEXT NOT NULL COLLATE NOCASE,
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    PRIMARY KEY (host, owner, name)
) WITHOUT ROWID;

-- What is known of a host's clock: its time less ours, in seconds.
CREATE TABLE host (
    host TEXT PRIMARY KEY COLLATE NOCASE,
    skew INTEGER NOT NULL
) WITHOUT ROWID;

-- Why the evidence of a change must be asked for again; written with the answer that told so.
ALTER TABLE change ADD COLUMN dirty TEXT;
ALTER TABLE change ADD COLUMN head_ref TEXT;
ALTER TABLE change ADD COLUMN head_sha TEXT;
UPDATE change SET head_ref = json_extract(pr, '$.head_ref'), head_sha = json_extract(pr, '$.head_sha');
CREATE INDEX change_by_branch ON change (repo, head_ref);
CREATE INDEX change_by_head ON change (repo, head_sha);

-- Whether a part is worth asking for again (0 no, 1 next time, 2 after a while), and when it was
-- last tried, whatever came of it.
ALTER TABLE part ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE part ADD COLUMN tried_at TEXT;

-- A part of a repository's evidence, as `part` is of a change's.
CREATE TABLE repo_part (
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    part TEXT NOT NULL,
    state TEXT NOT NULL,
    checked_at TEXT,
    tried_at TEXT,
    again INTEGER NOT NULL DEFAULT 0,
    count INTEGER NOT NULL,
    records BLOB,
    PRIMARY KEY (repo, part)
) WITHOUT ROWID;

-- When each of the repository's feeds was last confirmed.
CREATE TABLE feed (
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    feed TEXT NOT NULL,
    checked_at TEXT NOT NULL,
    PRIMARY KEY (repo, feed)
) WITHOUT ROWID;

CREATE INDEX response_by_repo ON response (repo, fetched_at);
CREATE INDEX artifact_file_by_digest ON artifact_file (digest);

-- Texts that can be searched: titles, bodies, requirements, failures, ends of logs.
CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    repo INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX document_by_change ON document (repo, number);
CREATE VIRTUAL TABLE search USING fts5 (
    text, content = 'document', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2 tokenchars '_-'"
);
CREATE TRIGGER document_in AFTER INSERT ON document BEGIN
    INSERT INTO search (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER document_out AFTER DELETE ON document BEGIN
    INSERT INTO search (search, rowid, text) VALUES ('delete', old.id, old.text);
END;
