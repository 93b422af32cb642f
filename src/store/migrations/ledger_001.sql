-- Own decisions. Rows are never changed and never deleted.
CREATE TABLE decision (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    repo TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    made_at TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    -- The canonical bytes of the statement.
    record TEXT NOT NULL
);

CREATE INDEX decision_by_change ON decision (host, repo, number);

-- What is on its way to the forge.
CREATE TABLE delivery (
    decision TEXT NOT NULL REFERENCES decision (id),
    effect TEXT NOT NULL,
    open INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (decision, effect)
) WITHOUT ROWID;

CREATE INDEX delivery_open ON delivery (open);

-- Screen, filter and the like of the last session.
CREATE TABLE ui_state (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
