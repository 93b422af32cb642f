//! Checks of every head: jobs of workflow runs over all tries, runs without jobs, check runs of
//! other apps, statuses. Each is told by the forge's ids; a shared name merges nothing.
//!
//! Where the forge itself lets a newer one count in place of an older one, the older one stays, as
//! history with its mark: the newest run of one workflow, event and head; the newest check run of one
//! app, suite and name after the one before had ended; the newest status of one context. What was
//! skipped takes nobody's place; nor does a run of an event that is of more than the commit, or one that
//! an older one was run again after.

mod apps;
mod jobs;
mod labels;
#[cfg(test)]
mod places_tests;
mod reports;
mod scan;
#[cfg(test)]
mod tests;

pub use apps::has_pending_status;
pub(super) use jobs::{is_of_the_commit, workflow};

use serde::{Deserialize, Serialize};

use crate::model::{Annotation, Attention, ChangeFacts, Sha, Stage, Subject, Timestamp, Verdict};

/// Who reported a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Producer {
    /// The forge's own actions, for an event such as `push`.
    Actions { event: String },
    /// An app by its slug and number.
    App {
        slug: Option<String>,
        id: Option<u64>,
    },
    /// A commit status, by whoever created it.
    Status { creator: Option<String> },
}

/// What tells a check apart from others of its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "of")]
pub enum Qualifier {
    /// The event of its run, such as `push`.
    Event(String),
    Run(u64),
    Job(u64),
    CheckRun(u64),
    /// The slug of the app.
    App(String),
    /// It is a commit status, by this account.
    Status(Option<String>),
    /// It was reported on the forge's test merge, not on the head.
    TestMerge,
}

/// One check on one commit, folded over its tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub subject: Subject,
    /// Number of the job or check run of its newest try; 0 for a status or a run.
    pub id: u64,
    pub head: Sha,
    /// `ci / unit` for a job, the check's own name else.
    pub name: String,
    /// The whole context by which branch rules name it: the job's name, the check run's, the status'.
    pub context: String,
    /// What tells it apart where names collide; empty where its name is enough.
    pub qualifiers: Vec<Qualifier>,
    pub producer: Producer,
    pub stage: Stage,
    /// Of the newest try.
    pub verdict: Verdict,
    /// The forge's word for how it ended, or its status while it runs.
    pub word: String,
    pub attention: Vec<Attention>,
    pub at: Option<Timestamp>,
    pub run: Option<u64>,
    /// `(try, verdict)` in order, where it ran in several.
    pub tries: Vec<(u64, Verdict)>,
    /// Failed tests in its own result files, last try.
    pub failures_inside: usize,
    /// Result files (indexes) of its last try, where it is known that it made them.
    pub reports: Vec<usize>,
    pub title: Option<String>,
    pub annotations: Vec<Annotation>,
    pub url: String,
}

impl Check {
    /// Tells whether the forge counts a newer one in its place.
    pub fn is_superseded(&self) -> bool {
        self.attention.contains(&Attention::Superseded)
    }

    /// Marks it as history.
    fn supersede(&mut self) {
        if !self.is_superseded() {
            self.attention.push(Attention::Superseded);
        }
    }

    /// Notes that one that it takes the place of had failed.
    fn replaces(&mut self, older: Verdict) {
        let green = self.verdict == Verdict::Pass && older == Verdict::Fail;
        if green && !self.attention.contains(&Attention::GreenByRerun) {
            self.attention.push(Attention::GreenByRerun);
        }
    }
}

/// Tells whether a newer verdict takes the place of an older one: what was skipped, or never came to
/// an end of its own, does not.
pub(super) fn takes_the_place(newer: Verdict) -> bool {
    matches!(newer, Verdict::Pass | Verdict::Fail | Verdict::Pending)
}

/// Builds the statuses of the test merge. They stand for themselves: none of them satisfies the head.
pub fn of_test_merge(facts: &ChangeFacts) -> Vec<Check> {
    let Some(merge) = facts.merge_state() else {
        return Vec::new();
    };
    let mut found: Vec<Check> = Vec::new();
    for sha in merge.test_merge.iter().filter(|sha| **sha != merge.head) {
        found.extend(apps::statuses(&merge.statuses, sha));
    }
    for check in &mut found {
        check.qualifiers = vec![Qualifier::TestMerge];
    }
    found
}

/// Builds the checks of the given heads.
pub fn build(facts: &ChangeFacts, heads: &[Sha]) -> Vec<Check> {
    let mut found = Vec::new();
    for head in heads {
        let first = found.len();
        found.extend(jobs::of_head(facts, head));
        let of_apps = apps::check_runs(facts, head, &mut found);
        found.extend(of_apps);
        found.extend(apps::statuses(&facts.statuses, head));
        let own = found.get_mut(first..).unwrap_or(&mut []);
        for check in &mut *own {
            scan::judge(check);
        }
        labels::tell_apart(own);
    }
    found
}
