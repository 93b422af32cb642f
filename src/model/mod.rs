//! Ids as newtypes, records, stages, verdicts.
