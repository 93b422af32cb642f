-- The order in which decisions were recorded here: what a person said last is told by it, since ids
-- and times follow a clock that can be set back.
ALTER TABLE decision ADD COLUMN seq INTEGER;
UPDATE decision SET seq = rowid;
CREATE UNIQUE INDEX decision_seq ON decision (seq);
