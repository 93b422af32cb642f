//! The change that the story is about: four attempts by an agent, of which the second weakened a
//! test, the third loosened the gate, and the fourth is red.

use git2::Oid;

use super::capture_code::{
    Index, MIGRATION, STORE, TESTS, WORKFLOW, add_lookup, ignore, weaken, wire,
};
use super::{CAPTURE, ISSUE, flaky};
use crate::demo::DemoError;
use crate::demo::world::builder::{Builder, Opening};
use crate::demo::world::ci::{GREEN, RunPlan, TryPlan};
use crate::demo::world::git::Files;
use crate::demo::world::model::{Account, Alert, EventKind, MoveKind, ReviewState, Time};
use crate::demo::world::people::COPILOT_LOGIN;
use crate::demo::world::results::Failed;
use crate::demo::world::time::{after, today};

pub(crate) const BRANCH: &str = "copilot/idempotent-capture";
const TITLE: &str = "Make capture idempotent";
/// The line that the scanner stumbles over.
const BUILT_SQL: &str = "let sql = format!(";
const UNIT_RED: &[(&str, &str)] = &[
    ("unit", "failure"),
    ("integration", "success"),
    ("lint", "success"),
];
const INTEGRATION_RED: &[(&str, &str)] = &[
    ("unit", "success"),
    ("integration", "failure"),
    ("lint", "success"),
];

const BODY: &str = "Fixes #471\n\n\
    Spec: docs/spec/payments.md\n\n\
    Captures are remembered by their idempotency key in a table of their own, so that a retry on \
    another node finds the first charge. Covers REQ-PAY-17 and REQ-PAY-18.\n\n\
    ---\n\n\
    💡 You can make Copilot smarter by setting up custom instructions. Learn more in the \
    [tips](https://gh.io/copilot-coding-agent-tips).\n";

/// What the truth needs to know of the attempts.
#[derive(Debug, Clone, Default)]
pub(in crate::demo::world) struct Capture {
    /// Heads of the attempts, with their commits, oldest first.
    pub(in crate::demo::world) attempts: Vec<Vec<Oid>>,
    pub(in crate::demo::world) runs: Vec<u64>,
    /// What failed in each attempt's unit report.
    pub(in crate::demo::world) failed: Vec<Vec<Failed>>,
}

impl Builder {
    /// Tells the whole change, from the issue to the approval that does not count.
    pub(in crate::demo::world) fn capture_change(
        &mut self,
        main: Oid,
    ) -> Result<Capture, DemoError> {
        self.capture_issue();
        self.open_branch(main)?;
        let mut told = Capture::default();
        self.first_attempt(main, &mut told)?;
        self.second_attempt(&mut told)?;
        self.third_attempt(main, &mut told)?;
        self.fourth_attempt(&mut told)?;
        Ok(told)
    }

    fn capture_issue(&mut self) {
        let body = "Two nodes that see the same retry charge twice: keys are remembered in the \
            process only.\n\n\
            ## Acceptance criteria\n\n\
            - [ ] A retried capture with the same idempotency key must not charge twice (REQ-PAY-17)\n\
            - [ ] Concurrent retries of one capture charge once (REQ-PAY-18)\n\
            - [ ] Captures without a key stay as they are\n";
        let jon = self.say("jon");
        let comment = self.new_comment(
            "mira",
            today(9, 12),
            "The requirements are in docs/spec/payments.md. Both tests are on main already; they \
             must stay as they are.",
            None,
        );
        let issue = self.issue(
            ISSUE,
            "jon",
            after(today(9, 12), -16 * 60),
            "Retried captures charge twice",
            body,
        );
        issue.labels = vec!["bug", "agent"];
        issue.assignees = vec![jon, COPILOT_LOGIN.to_owned()];
        issue.updated = today(9, 15);
        issue.comments.push(comment);
    }

    /// The agent opens the change with nothing in it but the branch.
    fn open_branch(&mut self, main: Oid) -> Result<(), DemoError> {
        self.push(
            BRANCH,
            (Oid::ZERO_SHA1, main),
            MoveKind::Creation,
            COPILOT_LOGIN,
            today(9, 15),
        )?;
        let issue = self.cast.number(ISSUE);
        let pull = self.open(&Opening {
            number: CAPTURE,
            title: TITLE,
            body: BODY,
            author: COPILOT_LOGIN,
            branch: BRANCH,
            base: main,
            head: main,
            at: today(9, 15),
        })?;
        pull.closes.push(issue);
        let mut event =
            |actor: &str, minute, what| self.event(CAPTURE, actor, today(9, minute), what);
        event(COPILOT_LOGIN, 15, EventKind::Assigned("jon".to_owned()))?;
        event(
            COPILOT_LOGIN,
            15,
            EventKind::Assigned(COPILOT_LOGIN.to_owned()),
        )?;
        event("jon", 16, EventKind::Labeled("payments-path"))?;
        event("jon", 16, EventKind::Labeled("agent"))
    }

    fn first_attempt(&mut self, main: Oid, told: &mut Capture) -> Result<(), DemoError> {
        self.work(today(9, 16), today(9, 32))?;
        let files = self.git.files(main)?;
        let commits = self.table_lookup_wiring(main, files, Index::Plain, today(9, 20))?;
        let head = last(&commits);
        self.push(
            BRANCH,
            (main, head),
            MoveKind::Push,
            COPILOT_LOGIN,
            today(9, 31),
        )?;
        self.set_head(CAPTURE, head, today(9, 31))?;
        let failed = vec![self.double_charge(head, "retry_same_key")?];
        let plan = TryPlan {
            jobs: UNIT_RED,
            failed: failed.clone(),
            ..TryPlan::green(today(9, 31), COPILOT_LOGIN)
        };
        self.checks(head, &[plan], told)?;
        self.comment(
            CAPTURE,
            "jon",
            today(9, 42),
            "@copilot the unit check is red: `capture::retry_same_key` charges twice. Please fix it.",
            None,
        )?;
        told.attempts.push(commits);
        told.failed.push(failed);
        Ok(())
    }

    fn second_attempt(&mut self, told: &mut Capture) -> Result<(), DemoError> {
        self.work(today(9, 44), today(9, 58))?;
        let before = last(told.attempts.last().map_or(&[], Vec::as_slice));
        let mut files = self.git.files(before)?;
        let (retry, concurrent) = (
            self.say("retry_same_key"),
            self.say("concurrent_retries_charge_once"),
        );
        weaken(&mut files, &retry)?;
        ignore(&mut files, &concurrent)?;
        let message = self.agent_message("Make the capture tests robust");
        let head = self.commit(&files, &[before], COPILOT_LOGIN, today(9, 56), &message)?;
        self.push(
            BRANCH,
            (before, head),
            MoveKind::Push,
            COPILOT_LOGIN,
            today(9, 57),
        )?;
        self.set_head(CAPTURE, head, today(9, 57))?;
        self.checks(head, &[TryPlan::green(today(9, 57), COPILOT_LOGIN)], told)?;
        self.event(
            CAPTURE,
            COPILOT_LOGIN,
            today(9, 59),
            EventKind::ReviewRequested("mira".to_owned()),
        )?;
        let review = self.review(
            CAPTURE,
            "mira",
            today(10, 10),
            (ReviewState::ChangesRequested, head),
            "This is green because the tests were changed, not the code. Both must stand as they \
             are on main.",
        )?;
        self.line_comment(
            CAPTURE,
            review,
            (TESTS, "assert!(charges <= 2)"),
            head,
            "REQ-PAY-17 says once. Please restore `charges == 1`.",
        )?;
        self.line_comment(
            CAPTURE,
            review,
            (TESTS, "#[ignore"),
            head,
            "Not flaky: it finds the race of REQ-PAY-18.",
        )?;
        told.attempts.push(vec![head]);
        told.failed.push(Vec::new());
        Ok(())
    }

    fn third_attempt(&mut self, main: Oid, told: &mut Capture) -> Result<(), DemoError> {
        self.work(today(10, 14), today(10, 32))?;
        let before = last(told.attempts.last().map_or(&[], Vec::as_slice));
        let mut commits =
            self.table_lookup_wiring(main, self.git.files(main)?, Index::Unique, today(10, 18))?;
        let mut files = self.git.files(last(&commits))?;
        files.replace(
            WORKFLOW,
            "      - name: Unit tests\n",
            "      - name: Unit tests\n        continue-on-error: true\n",
        )?;
        let message = self.agent_message("Let slow runners finish");
        let parent = last(&commits);
        commits.push(self.commit(&files, &[parent], COPILOT_LOGIN, today(10, 30), &message)?);
        let head = last(&commits);
        self.push(
            BRANCH,
            (before, head),
            MoveKind::ForcePush,
            COPILOT_LOGIN,
            today(10, 31),
        )?;
        self.set_head(CAPTURE, head, today(10, 31))?;
        self.event(
            CAPTURE,
            COPILOT_LOGIN,
            today(10, 32),
            EventKind::ReviewRequested("mira".to_owned()),
        )?;

        let failed = vec![self.double_charge(head, "concurrent_retries_charge_once")?];
        let mut first = failed.clone();
        first.push(flaky(self, &files)?);
        let tries = [
            TryPlan {
                jobs: INTEGRATION_RED,
                failed: first,
                ..TryPlan::green(today(10, 31), COPILOT_LOGIN)
            },
            TryPlan {
                jobs: GREEN,
                failed: failed.clone(),
                ..TryPlan::green(today(10, 40), "jon")
            },
        ];
        self.checks(head, &tries, told)?;
        self.review(
            CAPTURE,
            "mira",
            today(11, 2),
            (ReviewState::Approved, head),
            "Both tests are back and the unique index is right. Thank you.",
        )?;
        self.comment(
            CAPTURE,
            "mira",
            today(11, 10),
            "One more thing: why does the workflow need `continue-on-error`? Please drop that edit.",
            None,
        )?;
        told.attempts.push(commits);
        told.failed.push(failed);
        Ok(())
    }

    fn fourth_attempt(&mut self, told: &mut Capture) -> Result<(), DemoError> {
        self.work(today(11, 15), today(11, 35))?;
        let before = last(told.attempts.last().map_or(&[], Vec::as_slice));
        let mut files = self.git.files(before)?;
        files.replace(WORKFLOW, "        continue-on-error: true\n", "")?;
        let message = self.agent_message("Drop the workflow edit");
        let head = self.commit(&files, &[before], COPILOT_LOGIN, today(11, 33), &message)?;
        self.push(
            BRANCH,
            (before, head),
            MoveKind::Push,
            COPILOT_LOGIN,
            today(11, 34),
        )?;
        self.set_head(CAPTURE, head, today(11, 34))?;
        let failed = vec![self.double_charge(head, "concurrent_retries_charge_once")?];
        let plan = TryPlan {
            minutes: 7,
            jobs: UNIT_RED,
            failed: failed.clone(),
            ..TryPlan::green(today(11, 34), COPILOT_LOGIN)
        };
        self.checks(head, &[plan], told)?;
        let praise = "The retry is right now. The other test is a separate problem, I would say.";
        self.review(
            CAPTURE,
            "jon",
            today(11, 55),
            (ReviewState::Approved, head),
            praise,
        )?;
        self.comment(
            CAPTURE,
            "mira",
            today(12, 0),
            "It is not: REQ-PAY-18 is in the issue. Two nodes can both insert before either commits.",
            None,
        )?;
        told.attempts.push(vec![head]);
        told.failed.push(failed);
        Ok(())
    }

    /// The three commits that the first and the third attempt share, but for the index.
    fn table_lookup_wiring(
        &self,
        main: Oid,
        mut files: Files,
        index: Index,
        start: Time,
    ) -> Result<Vec<Oid>, DemoError> {
        let mut commits = Vec::new();
        let mut parent = main;
        for (number, message) in (0..).zip([
            "Add a table for idempotency keys",
            "Look earlier captures up by key",
            "Use the key table in capture",
        ]) {
            match number {
                0 => files.put(MIGRATION, index.migration()),
                1 => add_lookup(&mut files)?,
                _ => wire(&mut files)?,
            }
            let at = after(start, number * 5);
            let message = self.agent_message(message);
            parent = self.commit(&files, &[parent], COPILOT_LOGIN, at, &message)?;
            commits.push(parent);
        }
        Ok(commits)
    }

    /// What the agent writes below the first line of its commits.
    fn agent_message(&self, subject: &str) -> String {
        let jon = self.say("jon");
        let trailer = self.world.account(&jon).map(Account::co_author);
        format!("{subject}\n\n{}\n", trailer.unwrap_or_default())
    }

    fn work(&mut self, started: Time, finished: Time) -> Result<(), DemoError> {
        self.event(CAPTURE, "jon", started, EventKind::WorkStarted)?;
        self.event(CAPTURE, "jon", finished, EventKind::WorkFinished)
    }

    fn double_charge(&self, head: Oid, test: &str) -> Result<Failed, DemoError> {
        self.failed(
            &self.git.files(head)?,
            (TESTS, test),
            "assert_eq!(charges, 1);",
            "assertion `left == right` failed\n  left: 2\n right: 1",
        )
    }

    /// The runs of one head: the workflow with its tries, and the scan, whose alert stays open.
    fn checks(
        &mut self,
        head: Oid,
        tries: &[TryPlan<'_>],
        told: &mut Capture,
    ) -> Result<(), DemoError> {
        let run = self.ci(&RunPlan {
            pull: Some(CAPTURE),
            branch: BRANCH,
            head,
            title: TITLE,
            actor: COPILOT_LOGIN,
            tries,
        })?;
        told.runs.push(run);
        let started = tries.first().map_or(self.world.now, |plan| plan.at);
        let line = self.git.files(head)?.line_from(STORE, BUILT_SQL, 1)?;
        let message = "This query depends on a user-provided value.";
        self.scan(
            (CAPTURE, BRANCH, head),
            started,
            Some((STORE, line, message)),
        );
        self.world.alerts.retain(|alert| alert.number != ALERT);
        self.world.alerts.push(Alert {
            number: ALERT,
            pull: Some(self.cast.number(CAPTURE)),
            rule: "rust/sql-injection",
            description: "Database query built from user-controlled sources",
            level: "medium",
            message,
            path: STORE.to_owned(),
            line,
            columns: (9, 10),
            commit: head,
            created: today(9, 34),
            updated: started,
            fixed: None,
            dismissed: None,
        });
        Ok(())
    }
}

/// Number of the alert that the change brings.
pub(crate) const ALERT: u64 = 91;

fn last(commits: &[Oid]) -> Oid {
    commits.last().copied().unwrap_or(Oid::ZERO_SHA1)
}
