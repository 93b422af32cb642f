//! How the main branch came to be: a handful of first commits, then small merged changes, told
//! backwards from the files as they stand.

use git2::Oid;

use super::builder::{Builder, Opening};
use super::cast::Cast;
use super::ci::{RunPlan, TryPlan};
use super::git::Files;
use super::model::{EventKind, Merge, MoveKind, ReviewState, Time};
use super::people::{RENOVATE_LOGIN, WEB_FLOW_LOGIN};
use super::results::Totals;
use super::suite::add_generated_tests;
use super::time::{after, on};
use super::tree::TREE;
use crate::demo::DemoError;

/// A small change that was merged.
struct Small {
    number: u64,
    title: &'static str,
    author: &'static str,
    reviewer: &'static str,
    path: &'static str,
    /// What stood there before, and what stands there since.
    was: &'static str,
    now: &'static str,
}

const fn small(
    number: u64,
    title: &'static str,
    (author, reviewer): (&'static str, &'static str),
    path: &'static str,
    (was, now): (&'static str, &'static str),
) -> Small {
    Small {
        number,
        title,
        author,
        reviewer,
        path,
        was,
        now,
    }
}

/// The merged changes, oldest first. One title hides its end behind a bidi override.
const MERGED: [Small; 20] = [
    small(
        441,
        "Limit request bodies to 64 KiB",
        ("jon", "mira"),
        "src/http/mod.rs",
        ("32 * 1024", "64 * 1024"),
    ),
    small(
        442,
        "Say what the service does",
        ("aiko", "jon"),
        "README.md",
        (
            "Takes payments.",
            "Takes card payments: authorise, capture, refund, and tell the merchant by webhook.",
        ),
    ),
    small(
        444,
        "Cap the webhook delay at five minutes",
        ("jon", "aiko"),
        "src/http/webhooks.rs",
        ("Duration::from_secs(600)", "Duration::from_secs(300)"),
    ),
    small(
        445,
        "Bump rusqlite to 0.37",
        (RENOVATE_LOGIN, "jon"),
        "Cargo.toml",
        ("rusqlite = \"0.36\"", "rusqlite = \"0.37\""),
    ),
    small(
        447,
        "Index charges by authorisation",
        ("aiko", "mira"),
        "migrations/0001_charges.sql",
        (
            ");\n-- no index yet",
            ");\nCREATE INDEX charges_by_authorisation ON charges (authorisation);",
        ),
    ),
    small(
        448,
        "Refuse captures after seven days",
        ("jon", "mira"),
        "src/capture/store.rs",
        (
            "AUTHORISATION_DAYS: i64 = 14",
            "AUTHORISATION_DAYS: i64 = 7",
        ),
    ),
    small(
        449,
        "Show the currency in the console",
        ("aiko", "jon"),
        "web/src/capture.ts",
        ("style: \"decimal\" })", "style: \"currency\", currency })"),
    ),
    small(
        451,
        "Refunds never go below zero",
        ("jon", "tomas"),
        "src/refunds.rs",
        ("iter().sum::<i64>())", "iter().sum::<i64>()).max(0)"),
    ),
    small(
        452,
        "Bump typescript to 5.9.3",
        (RENOVATE_LOGIN, "aiko"),
        "web/package.json",
        ("5.9.2", "5.9.3"),
    ),
    small(
        453,
        "Name the charge in a receipt",
        ("mira", "jon"),
        "openspec/specs/capture/spec.md",
        (
            "the answer holds the captured amount",
            "the answer holds the charge id and the captured amount",
        ),
    ),
    small(
        455,
        "Ask aiko about migrations",
        ("tomas", "aiko"),
        "CODEOWNERS",
        ("/migrations/          @jon", "/migrations/          @aiko"),
    ),
    small(
        456,
        "Serve metrics",
        ("aiko", "jon"),
        "src/http/mod.rs",
        (
            "        .route(\"/health\", get(|| async { \"ok\" }))",
            "        .route(\"/health\", get(|| async { \"ok\" }))\n        .route(\"/metrics\", get(metrics))",
        ),
    ),
    small(
        457,
        "Format amounts \u{202e}txt.seodnauf",
        ("aiko", "jon"),
        "web/src/capture.ts",
        ("currency = \"USD\"", "currency = \"EUR\""),
    ),
    small(
        458,
        "Let the release attest its build",
        ("tomas", "jon"),
        ".github/workflows/release.yml",
        (
            "  id-token: write\n",
            "  id-token: write\n  attestations: write\n",
        ),
    ),
    small(
        460,
        "Deploy one environment at a time",
        ("tomas", "aiko"),
        ".github/workflows/deploy.yml",
        (
            "concurrency: deploy\n",
            "concurrency: deploy-${{ inputs.environment }}\n",
        ),
    ),
    small(
        461,
        "Write down the latency goal",
        ("mira", "tomas"),
        "docs/spec/payments.md",
        (
            "should answer fast.",
            "should answer within 800 ms at the 99th percentile.",
        ),
    ),
    small(
        463,
        "Report dead endpoints after eight tries",
        ("jon", "mira"),
        "src/http/webhooks.rs",
        ("MAX_TRIES: u32 = 5", "MAX_TRIES: u32 = 8"),
    ),
    small(
        472,
        "Plan partial refunds",
        ("jon", "mira"),
        ".kiro/specs/refunds/tasks.md",
        ("- [ ] 3. Refund in full", "- [ ] 3. Refund in part"),
    ),
    small(
        475,
        "Bump axum to 0.8.6",
        (RENOVATE_LOGIN, "jon"),
        "Cargo.lock",
        ("version = \"0.8.5\"", "version = \"0.8.6\""),
    ),
    small(
        478,
        "Fold an impatient second click",
        ("aiko", "mira"),
        "web/src/capture.ts",
        ("return String(Date.now());", "return crypto.randomUUID();"),
    ),
];

/// First commits: message, the folders and files that each brings, and its author.
const FIRST: [(&str, &[&str], &str); 5] = [
    (
        "Start the service",
        &[
            "Cargo",
            "README.md",
            "src/main.rs",
            "src/lib.rs",
            "src/http/",
        ],
        "jon",
    ),
    ("Charge and refund", &["src/", "migrations/"], "jon"),
    (
        "Write down what must hold",
        &["docs/", "openspec/", ".kiro/"],
        "mira",
    ),
    (
        "Test it, and run the tests",
        &["tests/", ".github/", "CODEOWNERS"],
        "tomas",
    ),
    (
        "Add the console and the contract",
        &["web/", ".proofline.toml"],
        "aiko",
    ),
];

/// The files of the main branch as they stand when the story begins.
pub(super) fn main_files(cast: &Cast) -> Files {
    let mut files = Files::default();
    for (path, text) in TREE {
        files.put(cast.say(path), cast.say(text));
    }
    add_generated_tests(&mut files, cast);
    files
}

impl Builder {
    /// Writes the main branch; gives its commits, oldest first.
    pub(super) fn main_history(&mut self) -> Result<Vec<Oid>, DemoError> {
        let mut states = vec![main_files(&self.cast)];
        for change in MERGED.iter().rev() {
            let mut earlier = states.last().cloned().unwrap_or_default();
            let (was, now) = (self.say(change.was), self.say(change.now));
            earlier.replace(&self.say(change.path), &now, &was)?;
            states.push(earlier);
        }
        states.reverse();
        let mut commits = self.first_commits(&states[0])?;
        for (index, change) in (0i64..).zip(&MERGED) {
            let position = usize::try_from(index + 1).unwrap_or_default();
            let tip = *commits.last().unwrap_or(&Oid::ZERO_SHA1);
            commits.push(self.merge_small(change, index, tip, &states[position])?);
        }
        Ok(commits)
    }

    fn first_commits(&mut self, whole: &Files) -> Result<Vec<Oid>, DemoError> {
        let (mut files, mut commits) = (Files::default(), Vec::new());
        for (day, (message, paths, author)) in (1..).zip(FIRST) {
            for (path, text) in whole.iter() {
                if paths
                    .iter()
                    .any(|prefix| path.starts_with(&self.say(prefix)))
                {
                    files.put(path, text);
                }
            }
            let at = on(day, (9, 0));
            let parent: Vec<Oid> = commits.last().copied().into_iter().collect();
            let commit = self.commit(&files, &parent, author, at, message)?;
            let before = parent.first().copied().unwrap_or(Oid::ZERO_SHA1);
            let kind = if parent.is_empty() {
                MoveKind::Creation
            } else {
                MoveKind::Push
            };
            self.push("main", (before, commit), kind, author, at)?;
            commits.push(commit);
        }
        Ok(commits)
    }

    fn merge_small(
        &mut self,
        change: &Small,
        index: i64,
        tip: Oid,
        files: &Files,
    ) -> Result<Oid, DemoError> {
        let opened = opened_at(index);
        let merged = after(opened, 40);
        let head = self.commit(files, &[tip], change.author, opened, change.title)?;
        let branch = format!("small/{}", self.cast.number(change.number));
        self.open(&Opening {
            number: change.number,
            title: change.title,
            body: "A small change.",
            author: change.author,
            branch: &branch,
            base: tip,
            head,
            at: opened,
        })?;
        self.small_run(change, (&branch, head), index)?;
        self.review(
            change.number,
            change.reviewer,
            after(opened, 30),
            (ReviewState::Approved, head),
            "",
        )?;
        let message = format!("{} (#{})", change.title, change.number);
        let authors = (change.author, WEB_FLOW_LOGIN);
        let commit = self.commit_as(files, &[tip], authors, merged, &message)?;
        self.push(
            "main",
            (tip, commit),
            MoveKind::Merge,
            change.reviewer,
            merged,
        )?;
        let by = self.say(change.reviewer);
        self.pull(change.number)?.merged = Some(Merge {
            at: merged,
            by,
            commit,
        });
        for what in [
            EventKind::Merged(commit),
            EventKind::Closed,
            EventKind::BranchDeleted,
        ] {
            self.event(change.number, change.reviewer, merged, what)?;
        }
        Ok(commit)
    }

    /// The run of a merged change. The oldest has lost its artifacts; one report lies about how
    /// many tests ran.
    fn small_run(
        &mut self,
        change: &Small,
        (branch, head): (&str, Oid),
        index: i64,
    ) -> Result<(), DemoError> {
        let mut plan = TryPlan::green(after(opened_at(index), 2), change.author);
        if change.number == LYING {
            plan.unit_totals = Totals::Claimed(self.cast.suite_size() + 100);
        }
        self.ci(&RunPlan {
            pull: Some(change.number),
            branch,
            head,
            title: change.title,
            actor: change.author,
            tries: &[plan],
        })?;
        if index == 0
            && let Some(run) = self.world.runs.last_mut()
        {
            run.artifacts
                .iter_mut()
                .for_each(|artifact| artifact.expired = true);
        }
        Ok(())
    }
}

/// When the change at a place in the list was opened: thirteen days hold twenty of them.
fn opened_at(index: i64) -> Time {
    let step = index * 13;
    on(6 + step / 20, (8 + step % 20 / 2, 5))
}

/// The merged change whose report claims more tests than it holds.
pub(super) const LYING: u64 = 475;
