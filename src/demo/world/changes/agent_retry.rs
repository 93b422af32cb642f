//! An agent's change that no specification asked for: green by a re-run of the one failed job, and
//! a requirement that is covered by the name of a test only.

use git2::Oid;

use super::{JITTER, flaky};
use crate::demo::DemoError;
use crate::demo::world::builder::{Builder, Opening};
use crate::demo::world::ci::{RunPlan, TryPlan};
use crate::demo::world::model::{Account, CLAUDE, EventKind, MoveKind};
use crate::demo::world::people::CLAUDE_LOGIN;
use crate::demo::world::time::{after, on};

const BRANCH: &str = "claude/webhook-retry-jitter";
const TITLE: &str = "Retry webhooks with jitter";
const WEBHOOKS: &str = "src/http/webhooks.rs";
const TESTS: &str = "tests/webhooks.rs";
const INTEGRATION_RED: &[(&str, &str)] = &[
    ("unit", "success"),
    ("integration", "failure"),
    ("lint", "success"),
];
const ONLY_INTEGRATION: &[(&str, &str)] = &[("integration", "success")];
const TEST: &str = "\n#[test]\nfn req_pay_15_backoff_has_jitter() {\n    \
    let delays: std::collections::BTreeSet<_> = (0..16).map(|_| jittered(4)).collect();\n    \
    assert!(delays.len() > 1);\n}\n";

impl Builder {
    /// Tells the change; gives the id of its run.
    pub(in crate::demo::world) fn jitter_change(&mut self, main: Oid) -> Result<u64, DemoError> {
        let at = on(19, (12, 40));
        let mut files = self.git.files(main)?;
        files.replace(
            WEBHOOKS,
            "/// The signature header of a body.",
            "/// A delay that differs from one merchant to the next, so that a dead endpoint does \
             not come\n/// back to a wave.\npub fn jittered(n: u32) -> Duration {\n    \
             let whole = delay_before(n);\n    \
             whole / 2 + whole.mul_f64(fastrand::f64() / 2.0)\n}\n\n\
             /// The signature header of a body.",
        )?;
        files.replace(
            TESTS,
            "MAX_TRIES, delay_before, signature",
            "MAX_TRIES, delay_before, jittered, signature",
        )?;
        let tests = files.get(TESTS).unwrap_or_default().to_owned() + &self.say(TEST);
        files.put(TESTS, tests);
        let mira = self.say("mira");
        let starter = self.world.account(&mira).map(Account::co_author);
        let message = format!(
            "Add jitter to webhook retries\n\nCo-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>\n{}\n",
            starter.unwrap_or_default()
        );
        let head = self.commit(&files, &[main], CLAUDE_LOGIN, at, &message)?;
        self.push(
            BRANCH,
            (Oid::ZERO_SHA1, head),
            MoveKind::Creation,
            CLAUDE_LOGIN,
            at,
        )?;
        self.open(&Opening {
            number: JITTER,
            title: TITLE,
            body: "Adds jitter to the delay between webhook tries.\n\nGenerated with [Claude Code](https://claude.com/claude-code), asked for by @mira",
            author: CLAUDE_LOGIN,
            branch: BRANCH,
            base: main,
            head,
            at: after(at, 2),
        })?;
        self.event(
            JITTER,
            CLAUDE_LOGIN,
            after(at, 2),
            EventKind::Labeled("agent"),
        )?;
        let report = "**Claude finished @mira's task** in 3m 2s —— [View job](https://github.com/acme/payments/actions) • `claude/webhook-retry-jitter`\n\n\
            - [x] Read the webhook sender\n- [x] Add jitter to the delay\n- [x] Add a test\n- [x] Run the tests: all passed\n";
        self.comment(JITTER, CLAUDE_LOGIN, after(at, 3), report, Some(CLAUDE))?;
        self.scan((JITTER, BRANCH, head), after(at, 3), None);
        let first = TryPlan {
            jobs: INTEGRATION_RED,
            failed: vec![flaky(self, &files)?],
            ..TryPlan::green(after(at, 3), CLAUDE_LOGIN)
        };
        let second = TryPlan {
            jobs: ONLY_INTEGRATION,
            ..TryPlan::green(after(at, 30), "mira")
        };
        self.ci(&RunPlan {
            pull: Some(JITTER),
            branch: BRANCH,
            head,
            title: TITLE,
            actor: CLAUDE_LOGIN,
            tries: &[first, second],
        })
    }
}
