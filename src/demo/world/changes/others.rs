//! Open changes without a plot of their own: one edit each, green, and each raises one question.

use git2::Oid;

use super::{DOCS, FILTER, LOOSENED, PERMISSIONS};
use crate::demo::DemoError;
use crate::demo::world::builder::{Builder, Opening};
use crate::demo::world::ci::{RunPlan, TryPlan};
use crate::demo::world::model::{Alert, AppCheck, EventKind, MoveKind, PREVIEWS, Time};
use crate::demo::world::time::{after, on};

/// A change of one edit.
struct Simple {
    number: u64,
    title: &'static str,
    body: &'static str,
    author: &'static str,
    branch: &'static str,
    day: i64,
    hour: i64,
    path: &'static str,
    was: &'static str,
    now: &'static str,
    label: &'static str,
    /// A test name that only the report of its run holds.
    extra_case: Option<&'static str>,
}

const SIMPLE: [Simple; 4] = [
    Simple {
        number: LOOSENED,
        title: "Allow rounding in captures",
        body: "Some currencies round up; the amount may then exceed what was authorised by a cent.",
        author: "aiko",
        branch: "allow-rounding",
        day: 16,
        hour: 10,
        path: "openspec/specs/capture/spec.md",
        was: "The service SHALL capture at most the authorised amount.",
        now: "The service SHOULD capture at most the authorised amount.",
        label: "payments-path",
        extra_case: None,
    },
    Simple {
        number: DOCS,
        title: "Say how to run the tests without nextest",
        body: "For those who have no nextest at hand.",
        author: "tomas",
        branch: "docs-tests",
        day: 17,
        hour: 9,
        path: "README.md",
        was: "Run the tests with `cargo nextest run`.",
        now: "Run the tests with `cargo nextest run`, or with `cargo test` where there is none.",
        label: "documentation",
        extra_case: None,
    },
    Simple {
        number: FILTER,
        title: "Scan only what ships to the browser",
        body: "The scan takes eleven minutes; most of them for code that never leaves our network.",
        author: "jon",
        branch: "faster-scan",
        day: 17,
        hour: 15,
        path: ".github/codeql/config.yml",
        was: "  - src\n  - web\n",
        now: "  - web\n",
        label: "ci",
        extra_case: None,
    },
    Simple {
        number: PERMISSIONS,
        title: "Publish test images from ci",
        body: "ci needs to write packages, so that the integration tests can pull what was built.",
        author: "jon",
        branch: "publish-test-images",
        day: 18,
        hour: 14,
        path: ".github/workflows/ci.yml",
        was: "permissions:\n  contents: read\n",
        now: "permissions:\n  contents: read\n  packages: write\n",
        label: "ci",
        extra_case: Some("webhooks::prints_\u{1b}[31mred\u{1b}[0m_on_refusal"),
    },
];

impl Builder {
    /// Tells the four changes; gives their run ids in the order of their numbers.
    pub(in crate::demo::world) fn simple_changes(
        &mut self,
        main: Oid,
    ) -> Result<Vec<u64>, DemoError> {
        self.old_alert(main)?;
        SIMPLE
            .iter()
            .map(|simple| self.simple_change(simple, main))
            .collect()
    }

    fn simple_change(&mut self, simple: &Simple, main: Oid) -> Result<u64, DemoError> {
        let at = on(simple.day, (simple.hour, 5));
        let (number, branch) = (simple.number, simple.branch);
        let mut files = self.git.files(main)?;
        files.replace(simple.path, simple.was, simple.now)?;
        let head = self.commit(&files, &[main], simple.author, at, simple.title)?;
        self.push(
            branch,
            (Oid::ZERO_SHA1, head),
            MoveKind::Creation,
            simple.author,
            at,
        )?;
        self.open(&Opening {
            number,
            title: simple.title,
            body: simple.body,
            author: simple.author,
            branch,
            base: main,
            head,
            at: after(at, 1),
        })?;
        self.event(
            number,
            simple.author,
            after(at, 2),
            EventKind::Labeled(simple.label),
        )?;
        self.scan((number, branch, head), after(at, 2), None);
        if number == DOCS {
            self.preview(branch, head, after(at, 4));
        }
        let plan = TryPlan {
            extra_case: simple.extra_case,
            ..TryPlan::green(after(at, 2), simple.author)
        };
        self.ci(&RunPlan {
            pull: Some(number),
            branch,
            head,
            title: simple.title,
            actor: simple.author,
            tries: &[plan],
        })
    }

    /// An alert that stands on the main branch, and that the narrowed scan no longer sees.
    fn old_alert(&mut self, main: Oid) -> Result<(), DemoError> {
        let path = "src/http/mod.rs".to_owned();
        let line = self
            .git
            .files(main)?
            .line_from(&path, "async fn metrics", 1)?;
        self.world.alerts.push(Alert {
            number: 88,
            pull: None,
            rule: "rust/missing-rate-limiting",
            description: "Missing rate limiting",
            level: "low",
            message: "This route handler performs no rate limiting.",
            path,
            line,
            columns: (1, 9),
            commit: main,
            created: on(12, (4, 0)),
            updated: on(12, (4, 0)),
            fixed: None,
            dismissed: None,
        });
        Ok(())
    }

    /// A check whose conclusion is a word that the forge may invent one day.
    fn preview(&mut self, branch: &str, head: Oid, at: Time) {
        let check = AppCheck {
            id: self.world.next_id(),
            suite: self.world.next_id(),
            app: PREVIEWS,
            name: "console preview",
            branch: self.say(branch),
            head,
            pull: Some(self.cast.number(DOCS)),
            conclusion: UNKNOWN_CONCLUSION,
            started: at,
            finished: after(at, 1),
            title: "Superseded by a later preview".to_owned(),
            summary: String::new(),
            annotations: Vec::new(),
        };
        self.world.app_checks.push(check);
    }
}

/// A conclusion that no description of the forge knows.
pub(crate) const UNKNOWN_CONCLUSION: &str = "superseded";
