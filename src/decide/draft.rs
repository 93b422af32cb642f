//! A decision being made: the fields of the form, what is still wrong with them, and the step to
//! an immutable record.

use serde::{Deserialize, Serialize};

use super::record::{Bound, DecisionId, DecisionRecord, Kind, Target};
use crate::{
    contract::{Assessment, RiskClass},
    evidence::{Evidence, digest, people},
    model::{Actor, ActorKind, ChangeId, Login, Sha, Subject, Timestamp},
};

/// Longest time an exception may run, in days, where no contract says otherwise.
pub const MAX_DAYS: i64 = 90;
/// Shortest reason of an exception that says anything.
pub const MIN_REASON: usize = 15;

/// The fields of a decision before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub kind: Kind,
    pub bound: Bound,
    pub target: String,
    pub reason: String,
    pub control: String,
    pub owner: String,
    /// Days until it expires.
    pub days: String,
    /// The short sha, typed again, where the risk is high.
    pub typed_sha: String,
    /// Whether the short sha must be typed.
    pub needs_sha: bool,
    /// The class of risk, in a word: why the sha is asked for.
    pub risk: &'static str,
    pub blockers: Vec<String>,
    /// Why the viewer's approval cannot count.
    pub not_independent: Option<String>,
    /// What stands open on the screen, by the words it is shown with: a target that is named so has
    /// the kind that it has.
    #[serde(default)]
    pub known: Vec<(String, String)>,
}

/// The kind of target that a piece of evidence is.
fn kind_of(subject: &Subject) -> Option<&'static str> {
    Some(match subject {
        Subject::Requirement { .. } => "requirement",
        Subject::Job { .. }
        | Subject::Run { .. }
        | Subject::CheckRun { .. }
        | Subject::Status { .. } => "check",
        Subject::Test { .. } => "test",
        Subject::Finding { .. } | Subject::Alert { .. } => "finding",
        _ => return None,
    })
}

/// What a decision is made beside, by the words that it is shown with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Open problems. They are recorded with the decision.
    pub blockers: Vec<String>,
    /// What an exception can be for.
    pub targets: Vec<(String, Subject)>,
}

/// Something about a draft that must be mended before it can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftProblem {
    /// Name of the field.
    pub field: &'static str,
    pub what: String,
}

/// Takes down what is on the screen: the decision is bound to it.
pub fn bound(evidence: &Evidence, now: Timestamp) -> Bound {
    Bound {
        head_sha: evidence.facts.pr.head_sha.clone(),
        base_sha: evidence.facts.pr.base_sha.clone(),
        evidence_digest: evidence.digest.digest.clone(),
        evidence_count: evidence.digest.count,
        evidence_version: digest::VERSION,
        seen_at: now,
    }
}

impl Draft {
    /// Starts a draft on what is on the screen.
    pub fn new(
        kind: Kind,
        evidence: &Evidence,
        assessment: &Assessment,
        shown: Shown,
        now: Timestamp,
    ) -> Self {
        let kinds = shown.targets.into_iter().filter_map(|(words, subject)| {
            let kind = kind_of(&subject)?;
            Some((words, kind.to_owned()))
        });
        let viewer = evidence.facts.viewer.as_ref().map(|login| Actor {
            login: login.clone(),
            id: None,
            kind: ActorKind::User,
        });
        Self {
            kind,
            bound: bound(evidence, now),
            target: String::new(),
            reason: String::new(),
            control: String::new(),
            owner: String::new(),
            days: if kind == Kind::ExceptionAsk {
                "30".to_owned()
            } else {
                String::new()
            },
            typed_sha: String::new(),
            needs_sha: kind == Kind::Approve
                && matches!(assessment.risk.class, RiskClass::High | RiskClass::Unknown),
            risk: assessment.risk.class.word(),
            known: if kind == Kind::ExceptionAsk {
                kinds.collect()
            } else {
                Vec::new()
            },
            blockers: shown.blockers,
            not_independent: viewer.and_then(|v| {
                people::not_independent(
                    &v,
                    &evidence.facts,
                    evidence.agent.as_ref(),
                    &evidence.attempts,
                )
                .map(|why| why.words().to_owned())
            }),
        }
    }

    /// Lists everything that must be mended, not the first thing only.
    pub fn problems(&self) -> Vec<DraftProblem> {
        let mut found = Vec::new();
        let mut say = |field: &'static str, what: &str| {
            found.push(DraftProblem {
                field,
                what: what.to_owned(),
            });
        };
        match self.kind {
            Kind::Approve => {
                if let Some(why) = &self.not_independent {
                    say(
                        "kind",
                        &format!("your approval would not count: you are not independent ({why})"),
                    );
                }
                let head = self.bound.head_sha.short();
                if self.needs_sha && self.typed_sha.trim() != head {
                    say(
                        "sha",
                        &format!(
                            "{} risk: type {head} to confirm what you looked at",
                            self.risk
                        ),
                    );
                }
            }
            Kind::RequestChanges => {
                if self.reason.trim().is_empty() {
                    say("reason", "say what should change");
                }
            }
            Kind::ExceptionAsk => {
                if self.target.trim().is_empty() {
                    say(
                        "target",
                        "name what the exception is for, such as CodeQL#91 or REQ-PAY-17",
                    );
                }
                if self.reason.trim().chars().count() < MIN_REASON {
                    say("reason", "give a reason of at least 15 characters");
                }
                if self.control.trim().is_empty() {
                    say("control", "name the compensating control, or write none");
                }
                if self.owner.trim().is_empty() {
                    say("owner", "name who owns the risk");
                }
                match self.days.trim().parse::<i64>() {
                    Ok(days) if (1..=MAX_DAYS).contains(&days) => {}
                    _ => say("days", "give the days until it expires, 1 to 90"),
                }
            }
            Kind::Other => say("kind", "this kind cannot be made here"),
        }
        found
    }

    /// Makes the record. Refused while anything must be mended.
    pub fn record(
        &self,
        id: DecisionId,
        change: &ChangeId,
        actor: &Login,
        now: Timestamp,
    ) -> Result<DecisionRecord, Vec<DraftProblem>> {
        let problems = self.problems();
        if problems.is_empty() {
            Ok(self.preview(id, change, actor, now))
        } else {
            Err(problems)
        }
    }

    /// Returns the record as it would be, with whatever is filled in so far. For showing only.
    pub fn preview(
        &self,
        id: DecisionId,
        change: &ChangeId,
        actor: &Login,
        now: Timestamp,
    ) -> DecisionRecord {
        let exception = self.kind == Kind::ExceptionAsk;
        let days: i64 = self.days.trim().parse().unwrap_or(0);
        DecisionRecord {
            id,
            kind: self.kind,
            made_at: now,
            host: change.repo.host.clone(),
            repo: change.repo.slug(),
            number: change.number,
            actor: actor.clone(),
            bound: self.bound.clone(),
            target: exception.then(|| self.named_target()),
            reason: self.reason.trim().to_owned(),
            control: exception.then(|| self.control.trim().to_owned()),
            owner: exception.then(|| Login::new(self.owner.trim().trim_start_matches('@'))),
            expires_at: exception.then(|| now.plus(days * 86_400)),
            not_independent: self.not_independent.clone(),
            blockers: self.blockers.clone(),
            tool: concat!("proofline ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// The target by its name: of what is on the screen the kind is known, else it is guessed from how
    /// the name is written.
    fn named_target(&self) -> Target {
        let name = self.target.trim();
        let known = self.known.iter().find(|(words, _)| words == name);
        known.map_or_else(
            || target(name),
            |(_, kind)| Target {
                kind: kind.clone(),
                id: name.to_owned(),
            },
        )
    }

    /// Tells whether the head that is on the forge now is the one this draft is bound to.
    pub fn still_holds(&self, head: &Sha) -> bool {
        self.bound.head_sha == *head
    }
}

/// Guesses the kind of a target from how it is written.
fn target(id: &str) -> Target {
    let kind = if id.contains("::") {
        "test"
    } else if id.contains('#') {
        "finding"
    } else if id.contains(" / ") {
        "check"
    } else {
        "requirement"
    };
    Target {
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}
