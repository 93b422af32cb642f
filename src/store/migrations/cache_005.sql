-- What a reader made of a content, by the id of the content: it can never go stale. Another version of
-- the reader writes over it.
CREATE TABLE derived (
    reader TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body BLOB NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (reader, id)
) WITHOUT ROWID;
