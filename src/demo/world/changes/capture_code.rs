//! What the agent wrote into the files: the edits of its four attempts.

use crate::demo::DemoError;
use crate::demo::world::git::Files;

pub(super) const TESTS: &str = "tests/capture.rs";
pub(super) const WORKFLOW: &str = ".github/workflows/ci.yml";
pub(in crate::demo::world) const STORE: &str = "src/capture/store.rs";
pub(super) const MIGRATION: &str = "migrations/0003_capture_keys.sql";

/// The index of the key table: the first attempt's, and the third's.
#[derive(Clone, Copy)]
pub(super) enum Index {
    Plain,
    Unique,
}

impl Index {
    /// The migration that makes the table.
    pub(super) fn migration(self) -> String {
        let unique = match self {
            Self::Plain => "",
            Self::Unique => "UNIQUE ",
        };
        format!(
            "CREATE TABLE capture_keys (\n    \
             key           TEXT    NOT NULL,\n    \
             charge_id     INTEGER NOT NULL REFERENCES charges (id),\n    \
             amount_cents  INTEGER NOT NULL\n);\n\
             CREATE {unique}INDEX capture_keys_by_key ON capture_keys (key);\n"
        )
    }
}

/// The second attempt's edit: the assertion below the name of a test allows two charges.
pub(super) fn weaken(files: &mut Files, test: &str) -> Result<(), DemoError> {
    let function = format!("fn {test}(");
    let source = files.get(TESTS).unwrap_or_default();
    let (before, body) = source
        .split_once(&function)
        .ok_or_else(|| DemoError::story(format!("no test {test}")))?;
    let body = body.replacen("assert_eq!(charges, 1);", "assert!(charges <= 2);", 1);
    let weakened = format!("{before}{function}{body}");
    files.put(TESTS, weakened);
    Ok(())
}

/// The second attempt's other edit: a test is not run any more.
pub(super) fn ignore(files: &mut Files, test: &str) -> Result<(), DemoError> {
    let was = format!("#[test]\nfn {test}(");
    let now = format!("#[test]\n#[ignore = \"flaky on slow runners\"]\nfn {test}(");
    files.replace(TESTS, &was, &now)
}

/// Adds the lookup, whose SQL is built from text that a client sends.
pub(super) fn add_lookup(files: &mut Files) -> Result<(), DemoError> {
    let charge = "    pub fn charge(&mut self, ";
    let lookup = "    /// The charge that this key was used for.\n    \
        pub fn find_by_key(&self, key: &str) -> Result<Option<Charge>, StoreError> {\n        \
        let sql = format!(\n            \
        \"SELECT charge_id, amount_cents FROM capture_keys WHERE key = '{key}'\"\n        \
        );\n        \
        self.connection\n            \
        .query_row(&sql, [], |row| Ok(Charge { id: row.get(0)?, amount_cents: row.get(1)? }))\n            \
        .optional()\n    }\n\n    \
        /// Remembers the charge of a key; an earlier one stays.\n    \
        pub fn remember(&mut self, key: &str, charge: &Charge) -> Result<(), StoreError> {\n        \
        self.connection.execute(\n            \
        \"INSERT OR IGNORE INTO capture_keys (key, charge_id, amount_cents) VALUES (?1, ?2, ?3)\",\n            \
        params![key, charge.id, charge.amount_cents],\n        \
        )?;\n        \
        Ok(())\n    }\n\n";
    files.replace(STORE, charge, &format!("{lookup}{charge}"))?;
    files.replace(
        STORE,
        "use rusqlite::{Connection, params};",
        "use rusqlite::{Connection, OptionalExtension, params};",
    )
}

/// Uses the lookup where a capture is made.
pub(super) fn wire(files: &mut Files) -> Result<(), DemoError> {
    files.replace(
        "src/capture/mod.rs",
        "    let _guard = store.remember_in_process(request.idempotency_key.as_deref());\n    \
         Ok(store.charge(&request.authorisation, request.amount_cents)?)\n",
        "    let Some(key) = &request.idempotency_key else {\n        \
         return Ok(store.charge(&request.authorisation, request.amount_cents)?);\n    };\n    \
         if let Some(charge) = store.find_by_key(key)? {\n        \
         return Ok(charge);\n    }\n    \
         let charge = store.charge(&request.authorisation, request.amount_cents)?;\n    \
         store.remember(key, &charge)?;\n    \
         Ok(charge)\n",
    )
}
