//! What the scanners uploaded, what was found beside it, and what the rules of the main branch
//! said, and once said.

use git2::Oid;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::builder::Builder;
use super::changes::{ALERT, CAPTURE, Capture, STORE};
use super::hex;
use super::model::{MoveKind, Time};
use super::records::{Analysis, DependencyAlert, RuleSuite, RulesetVersion, SecretAlert};
use super::time::{after, on, today};
use crate::demo::DemoError;

/// A finding of a scan: rule, message, path, line.
type Finding<'a> = (&'a str, &'a str, &'a str, u64);

impl Builder {
    /// Tells the rules, the analyses, and the other alerts.
    pub(super) fn security(&mut self, capture: &Capture, main: Oid) -> Result<(), DemoError> {
        self.ruleset();
        self.rule_suites()?;
        self.analyses(capture, main)?;
        let secret = self.secret(main);
        self.world.secrets.push(secret);
        self.world.dependency_alerts.push(DependencyAlert {
            number: 2,
            state: "fixed".to_owned(),
            created: on(3, (6, 0)),
            updated: on(7, (9, 30)),
            fixed: Some(on(7, (9, 30))),
            dismissed: None,
        });
        Ok(())
    }

    /// Three checks were demanded once; since May it is one.
    fn ruleset(&mut self) {
        let version = |id, actor: &str, at: &str, required: &[&str]| RulesetVersion {
            id,
            actor: self.say(actor),
            at: at.parse().unwrap_or_default(),
            enforcement: "active".to_owned(),
            required: required.iter().map(ToString::to_string).collect(),
            approvals: 1,
        };
        self.world.ruleset = vec![
            version(
                31_077,
                "tomas",
                "2024-02-05T10:00:00Z",
                &["unit", "integration", "lint"],
            ),
            version(44_912, "jon", "2026-05-11T10:00:00Z", &["unit"]),
        ];
    }

    /// What the rules said of the last merges; of one they were passed by.
    fn rule_suites(&mut self) -> Result<(), DemoError> {
        let bypassed = self.pull(458)?.merged.as_ref().map(|merge| merge.commit);
        let merges = self.world.moves.clone();
        for merge in merges.iter().filter(|row| row.kind == MoveKind::Merge) {
            let is_bypass = Some(merge.after) == bypassed;
            let suite = RuleSuite {
                id: self.extra_id(),
                actor: merge.actor.clone(),
                before: merge.before,
                after: merge.after,
                branch: merge.branch.clone(),
                at: merge.at,
                result: if is_bypass { "bypass" } else { "pass" },
                broken: is_bypass.then_some((
                    "pull_request",
                    "New changes require approval from someone other than the last pusher.",
                )),
            };
            self.world.rule_suites.push(suite);
        }
        // Somebody tried to push past the review, and could not.
        let tip = merges.last().map_or(Oid::ZERO_SHA1, |row| row.after);
        let refused = RuleSuite {
            id: self.extra_id(),
            actor: self.say("aiko"),
            before: tip,
            after: tip,
            branch: "main".to_owned(),
            at: on(19, (16, 40)),
            result: "fail",
            broken: Some((
                "pull_request",
                "Changes must be made through a pull request.",
            )),
        };
        self.world.rule_suites.push(refused);
        Ok(())
    }

    /// Two analyses of the story's change, at its first attempt and at its head, and one of main.
    fn analyses(&mut self, capture: &Capture, main: Oid) -> Result<(), DemoError> {
        let head = |at: usize| {
            capture
                .attempts
                .get(at)
                .and_then(|commits| commits.last())
                .copied()
                .ok_or_else(|| DemoError::story("four attempts were meant"))
        };
        let alert = |world: &super::World, number| {
            let found = world.alerts.iter().find(|alert| alert.number == number);
            found
                .map(|alert| (alert.rule, alert.message, alert.path.clone(), alert.line))
                .ok_or_else(|| DemoError::story(format!("no alert {number}")))
        };
        let (rule, message, path, line) = alert(&self.world, 88)?;
        self.analysis(
            None,
            (main, on(18, (12, 10))),
            &[(rule, message, &path, line)],
        );
        let (rule, message, path, _) = alert(&self.world, ALERT)?;
        let number = self.cast.number(CAPTURE);
        for (attempt, at) in [(0, today(9, 34)), (3, today(11, 37))] {
            let head = head(attempt)?;
            let line = self
                .git
                .files(head)?
                .line_from(STORE, "let sql = format!(", 1)?;
            self.analysis(Some(number), (head, at), &[(rule, message, &path, line)]);
        }
        Ok(())
    }

    fn analysis(&mut self, pull: Option<u64>, (commit, at): (Oid, Time), found: &[Finding<'_>]) {
        let id = self.extra_id();
        let sarif_id = uuid(&format!("sarif {commit}"));
        let sarif = sarif(commit, found);
        self.world.analyses.push(Analysis {
            id,
            pull,
            commit,
            at,
            results: found.len(),
            rules: RULES.len(),
            sarif_id,
            sarif,
        });
    }

    /// A key that was found, and made void.
    fn secret(&self, main: Oid) -> SecretAlert {
        let revoked = on(9, (8, 20));
        let comment = "Rolled on the same day.".to_owned();
        SecretAlert {
            number: 1,
            kind: "stripe_test_secret_key",
            title: "Stripe Test API Secret Key",
            secret: "sk_test_invented_and_void",
            path: "web/src/api.ts",
            line: 1,
            commit: main,
            created: after(revoked, -40),
            updated: revoked,
            resolved: Some(("revoked".to_owned(), self.say("tomas"), revoked, comment)),
        }
    }
}

/// Rules of the scan: id, name, level, severity as a number.
const RULES: [(&str, &str, &str, &str); 2] = [
    (
        "rust/sql-injection",
        "Database query built from user-controlled sources",
        "warning",
        "5.9",
    ),
    (
        "rust/missing-rate-limiting",
        "Missing rate limiting",
        "note",
        "3.1",
    ),
];

/// A report in SARIF 2.1.0.
fn sarif(commit: Oid, found: &[Finding<'_>]) -> Value {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(id, name, level, severity)| {
            json!({
                "id": id,
                "name": id,
                "shortDescription": { "text": name },
                "defaultConfiguration": { "level": level },
                "properties": { "security-severity": severity, "tags": ["security"] },
            })
        })
        .collect();
    let results: Vec<Value> = found
        .iter()
        .map(|(rule, message, path, line)| {
            let print = hex(&Sha256::digest(format!("{rule} {path}")));
            json!({
                "ruleId": rule,
                "ruleIndex": RULES.iter().position(|(id, ..)| id == rule),
                "message": { "text": message },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": path, "uriBaseId": "%SRCROOT%", "index": 0 },
                    "region": { "startLine": line, "startColumn": 9, "endColumn": 10 },
                } }],
                "partialFingerprints": {
                    "primaryLocationLineHash": format!("{}:1", print.get(..16).unwrap_or(&print)),
                },
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "CodeQL",
                "semanticVersion": "2.23.3",
                "rules": rules,
            } },
            "automationDetails": { "id": "/language:rust/" },
            "versionControlProvenance": [{ "revisionId": commit.to_string() }],
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    })
}

/// An id in the form of a UUID that depends on a text only.
pub(super) fn uuid(text: &str) -> String {
    let digest = hex(&Sha256::digest(text));
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
