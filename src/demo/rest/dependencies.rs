//! What a range of commits changes in the dependencies: read from the lock file and the package
//! file at both ends.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::shapes::View;
use crate::demo::request::{Answer, Refusal, Reply, Request};

/// A dependency: manifest, ecosystem, name, version, scope.
type Entry = (&'static str, &'static str, String, String, &'static str);

/// Licences by name and version, as the forge would know them. With its last version ring comes
/// under one licence more.
const LICENCES: [(&str, &str, &str); 8] = [
    ("axum", "", "MIT"),
    ("ring", "0.17.13", "ISC"),
    ("ring", "", "Apache-2.0 AND ISC"),
    ("rusqlite", "", "MIT"),
    ("serde", "", "MIT OR Apache-2.0"),
    ("serde_json", "", "MIT OR Apache-2.0"),
    ("tokio", "", "MIT"),
    ("typescript", "", "Apache-2.0"),
];

impl View<'_> {
    /// `dependency-graph/diff-range`.
    pub(super) fn dependency_diff(&self, request: &Request, base_and_head: &str) -> Answer {
        let (base, head) = base_and_head
            .split_once("...")
            .ok_or_else(Refusal::not_found)?;
        let (base, head) = (self.resolve(base)?, self.resolve(head)?);
        let base = self.git.repository.merge_base(base, head)?;
        let (before, after) = (self.dependencies(base)?, self.dependencies(head)?);
        let asked = request.query("name");
        let show = |change: &str, entry: &Entry| {
            let (manifest, ecosystem, name, version, scope) = entry;
            let licence = LICENCES
                .iter()
                .find(|(known, of, _)| known == name && (of.is_empty() || of == version));
            json!({
                "change_type": change,
                "manifest": manifest,
                "ecosystem": ecosystem,
                "name": name,
                "version": version,
                "package_url": format!("pkg:{ecosystem}/{name}@{version}"),
                "license": licence.map(|(.., licence)| licence),
                "source_repository_url": null,
                "vulnerabilities": [],
                "scope": scope,
            })
        };
        let wanted = |entry: &&Entry| asked.is_none_or(|manifest| manifest == entry.0);
        let mut rows: Vec<Value> = Vec::new();
        rows.extend(
            before
                .difference(&after)
                .filter(wanted)
                .map(|entry| show("removed", entry)),
        );
        rows.extend(
            after
                .difference(&before)
                .filter(wanted)
                .map(|entry| show("added", entry)),
        );
        Ok(Reply::json(
            "dependency-graph/diff-range",
            Value::from(rows),
        ))
    }

    fn dependencies(&self, commit: git2::Oid) -> Result<BTreeSet<Entry>, Refusal> {
        let tree = self.git.repository.find_commit(commit)?.tree()?;
        let text = |path: &str| {
            let entry = tree.get_path(std::path::Path::new(path)).ok()?;
            let blob = self.git.repository.find_blob(entry.id()).ok()?;
            Some(String::from_utf8_lossy(blob.content()).into_owned())
        };
        let mut found = BTreeSet::new();
        let lock = text("Cargo.lock").unwrap_or_default();
        for package in lock.split("[[package]]").skip(1) {
            let field = |name: &str| {
                let line = package.lines().find(|line| line.starts_with(name))?;
                Some(line.split('"').nth(1)?.to_owned())
            };
            // A package without a source is the repository's own.
            if let (Some(name), Some(version), Some(_)) =
                (field("name"), field("version"), field("source"))
            {
                found.insert(("Cargo.lock", "cargo", name, version, "runtime"));
            }
        }
        let package = text("web/package.json").unwrap_or_default();
        let package: Value = serde_json::from_str(&package).unwrap_or_default();
        for (name, version) in package["devDependencies"].as_object().into_iter().flatten() {
            let version = version.as_str().unwrap_or_default().to_owned();
            found.insert((
                "web/package.json",
                "npm",
                name.clone(),
                version,
                "development",
            ));
        }
        Ok(found)
    }
}
