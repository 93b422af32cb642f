-- Whom a token belongs to, by the key that stands for the token: a login of one token is never taken
-- for that of another.
CREATE TABLE viewer (
    host TEXT NOT NULL,
    account TEXT NOT NULL,
    login TEXT NOT NULL,
    PRIMARY KEY (host, account)
) WITHOUT ROWID;
-- Whose view the summaries of the list are.
UPDATE repo SET viewer = NULL;
