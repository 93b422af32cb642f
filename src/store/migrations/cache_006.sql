-- What lies between two heads is kept by their ids now, without any text of files.
UPDATE part SET state = '{"state":"not_fetched"}', again = 1, records = NULL WHERE part = 'git objects';
