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
-- What a part lacks is kept by its kind now; those that lacked something are asked for again.
UPDATE part SET state = '{"state":"not_fetched"}', again = 1
    WHERE state LIKE '%"partial"%' OR state LIKE '%"failed"%';
UPDATE repo_part SET state = '{"state":"not_fetched"}', again = 1
    WHERE state LIKE '%"partial"%' OR state LIKE '%"failed"%';
-- Branch rules are kept by base branch now.
UPDATE repo_part SET state = '{"state":"not_fetched"}', again = 1, records = NULL
    WHERE part IN ('branch rules', 'rulesets');
