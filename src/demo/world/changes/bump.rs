//! The dependency bump: all green, low risk, waiting for the viewer.

use git2::Oid;

use super::BUMP;
use crate::demo::DemoError;
use crate::demo::world::builder::{Builder, Opening};
use crate::demo::world::ci::{RunPlan, TryPlan};
use crate::demo::world::model::{EventKind, MoveKind};
use crate::demo::world::people::RENOVATE_LOGIN;
use crate::demo::world::time::{after, today};

const BRANCH: &str = "renovate/ring-0.x";
const TITLE: &str = "Bump ring to 0.17.14";
const BODY: &str = "This PR contains the following updates:\n\n\
    | Package | Type | Update | Change |\n|---|---|---|---|\n\
    | [ring](https://github.com/briansmith/ring) | dependencies | patch | `0.17.13` -> `0.17.14` |\n";

impl Builder {
    /// Tells the change; gives the id of its run.
    pub(in crate::demo::world) fn bump_change(&mut self, main: Oid) -> Result<u64, DemoError> {
        let at = today(8, 58);
        let mut files = self.git.files(main)?;
        files.replace("Cargo.toml", "ring = \"0.17.13\"", "ring = \"0.17.14\"")?;
        files.replace(
            "Cargo.lock",
            "version = \"0.17.13\"",
            "version = \"0.17.14\"",
        )?;
        let message = "Bump ring to 0.17.14\n\nThe release fixes AES-GCM on 32-bit Arm.\n";
        let head = self.commit(&files, &[main], RENOVATE_LOGIN, at, message)?;
        self.push(
            BRANCH,
            (Oid::ZERO_SHA1, head),
            MoveKind::Creation,
            RENOVATE_LOGIN,
            at,
        )?;
        self.open(&Opening {
            number: BUMP,
            title: TITLE,
            body: BODY,
            author: RENOVATE_LOGIN,
            branch: BRANCH,
            base: main,
            head,
            at,
        })?;
        self.event(BUMP, RENOVATE_LOGIN, at, EventKind::Labeled("dependencies"))?;
        let asked = EventKind::ReviewRequested("mira".to_owned());
        self.event(BUMP, RENOVATE_LOGIN, after(at, 1), asked)?;
        self.scan((BUMP, BRANCH, head), after(at, 1), None);
        self.ci(&RunPlan {
            pull: Some(BUMP),
            branch: BRANCH,
            head,
            title: TITLE,
            actor: RENOVATE_LOGIN,
            tries: &[TryPlan::green(after(at, 1), RENOVATE_LOGIN)],
        })
    }
}
