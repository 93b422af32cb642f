//! Pulling evidence from a forge that is slow, broken, strict or gone.

mod bounds;
mod contents;
mod evidence;
mod faults;
mod git;
mod list;
mod merge;
mod moves;
mod not_there;
mod polling;
mod refusals;
mod scale;
mod secrets;
mod strange;

use std::{sync::Arc, time::Duration};

use proofline::{
    demo::{DemoForge, Fault, FaultKind},
    forge::Timeouts,
    model::{PartName, PartState},
    store::PartRow,
    sync::Ask,
};

use crate::support::{
    forge::forge,
    install::{Install, Jump},
    spec::judge,
};

/// Patience that no busy machine exhausts.
const LONG: Timeouts = Timeouts {
    answer: Duration::from_mins(2),
    body: Duration::from_mins(2),
};

/// For an answer that never comes.
const SHORT: Timeouts = Timeouts {
    answer: Duration::from_secs(1),
    body: Duration::from_secs(1),
};

/// A forge and an installation that has listed its changes.
struct Scene {
    forge: DemoForge,
    install: Install,
    clock: Arc<Jump>,
    /// The change with the longest story.
    number: u64,
}

impl Scene {
    async fn new() -> Self {
        Self::patient(LONG).await
    }

    async fn patient(patience: Timeouts) -> Self {
        Self::on(forge(0).await, patience).await
    }

    async fn on(forge: DemoForge, patience: Timeouts) -> Self {
        let clock = Jump::new(&forge);
        let install = Install::timed(&forge, Some(forge.token()), clock.clone(), patience);
        install.engine.sync_list().await.unwrap();
        let number = forge.truth().story().unwrap().number;
        Self {
            forge,
            install,
            clock,
            number,
        }
    }

    fn path(&self, below: &str) -> String {
        let (owner, name) = self.forge.repo();
        format!("/repos/{owner}/{name}{below}")
    }

    async fn sync(&self) {
        self.install.engine.sync_change(self.number).await.unwrap();
    }

    fn fault(&self, below: &str, times: u32, kind: FaultKind) {
        let fault = Fault {
            times,
            ..Fault::next(self.path(below), kind)
        };
        self.forge.control().fault(fault);
    }

    /// Whether the next round asks for the change.
    fn is_planned(&self) -> bool {
        let planned = self.install.engine.rest(&Ask::default()).unwrap();
        planned.iter().any(|i| i.change() == Some(self.number))
    }

    fn part(&self, name: PartName) -> PartRow {
        self.install.part(self.number, name)
    }

    /// All that was asked and answered so far is as the forge's own description has it.
    #[track_caller]
    fn judged(&self) {
        judge(&self.forge);
    }

    fn holes(&self) -> Vec<PartName> {
        let holes = self.install.holes(self.number).into_iter();
        holes.map(|(name, _)| name).collect()
    }

    /// Makes every answer of the cache one that must be fetched whole.
    fn forget_tags(&self) {
        let cache = rusqlite::Connection::open(self.install.engine.cache.path()).unwrap();
        let sql = "UPDATE response SET etag = NULL, last_modified = NULL";
        assert!(cache.execute(sql, []).unwrap() > 0);
    }

    /// The words of a part that is not complete.
    fn why(&self, name: PartName) -> String {
        match self.part(name).state {
            PartState::Failed(why) => format!("failed: {why}"),
            state @ PartState::Partial(_) => format!("partial: {}", state.words().unwrap()),
            other => panic!("{name:?} is {other:?}"),
        }
    }
}

fn status(status: u16, headers: &[(&str, &str)], message: &str) -> FaultKind {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    FaultKind::Status {
        status,
        headers: headers.iter().map(own).collect(),
        message: message.to_owned(),
    }
}
