//! An installation in a temporary folder, pointed at a loopback forge.

use std::{
    future::Future,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use proofline::{
    decide::Dossier,
    demo::{Control, DemoForge},
    forge::{ApiRoots, Clock, Forge, SystemClock, Timeouts},
    model::{ChangeId, Host, PartName, PartState, RepoId, Timestamp},
    store::{Cache, Ledger, PartRow},
    sync::{Engine, Folders, Report},
};
use tempfile::TempDir;

/// A clock that need not wait: whoever sleeps on it moves it, and the forge's clock with it.
pub struct Jump {
    now: Mutex<Timestamp>,
    control: Control,
}

impl Jump {
    pub fn new(forge: &DemoForge) -> Arc<Self> {
        Arc::new(Self {
            now: Mutex::new(Timestamp(1_700_000_000)),
            control: forge.control(),
        })
    }

    /// Moves both clocks.
    pub fn pass(&self, seconds: i64) {
        let mut now = self.now.lock().unwrap();
        *now = now.plus(seconds);
        self.control.advance_clock(seconds);
    }
}

impl Clock for Jump {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.pass(i64::try_from(time.as_secs()).unwrap());
        Box::pin(std::future::ready(()))
    }
}

/// One installation: its own cache and its own ledger.
pub struct Install {
    pub engine: Engine,
    pub reports: Arc<Mutex<Vec<Report>>>,
    pub folder: TempDir,
}

impl Install {
    /// Makes an installation for the default viewer of a forge.
    pub fn new(forge: &DemoForge) -> Self {
        Self::with_token(forge, Some(forge.token()))
    }

    /// Makes an installation with a token, or without any.
    pub fn with_token(forge: &DemoForge, token: Option<&str>) -> Self {
        Self::timed(forge, token, Arc::new(SystemClock), Timeouts::default())
    }

    /// Makes an installation with a clock and limits of patience of its own.
    pub fn timed(
        forge: &DemoForge,
        token: Option<&str>,
        clock: Arc<dyn Clock>,
        timeouts: Timeouts,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (engine, reports) = engine(forge, token, folder.path(), clock, timeouts);
        Self {
            engine,
            reports,
            folder,
        }
    }

    /// Loads a change from the cache.
    pub fn load(&self, number: u64) -> Dossier {
        let id = ChangeId {
            repo: self.engine.repo.clone(),
            number,
        };
        self.engine.dossier(&id).unwrap()
    }

    /// A part as the cache holds it.
    pub fn part(&self, number: u64, name: PartName) -> PartRow {
        let repo = self.engine.row().unwrap().id;
        let parts = self.engine.cache.parts(repo, number).unwrap();
        parts.into_iter().find(|p| p.part == name).unwrap()
    }

    /// Parts that are neither complete nor switched off on the forge.
    pub fn holes(&self, number: u64) -> Vec<(PartName, PartState)> {
        let repo = self.engine.row().unwrap().id;
        let parts = self.engine.cache.parts(repo, number).unwrap();
        let holes = parts
            .into_iter()
            .filter(|p| !matches!(p.state, PartState::Complete | PartState::Absent(_)));
        holes.map(|p| (p.part, p.state)).collect()
    }
}

/// Opens an engine on a folder, which may be that of another installation.
pub fn engine(
    forge: &DemoForge,
    token: Option<&str>,
    folder: &Path,
    clock: Arc<dyn Clock>,
    timeouts: Timeouts,
) -> (Engine, Arc<Mutex<Vec<Report>>>) {
    let host = Host::new(forge.base().trim_start_matches("http://"));
    let client = Forge::timed(
        host.clone(),
        ApiRoots::from_base(forge.base()),
        token.map(|t| t.to_owned().into()),
        clock,
        timeouts,
    )
    .unwrap();
    let (cache, _) = Cache::open(&folder.join("cache/cache.db")).unwrap();
    let (ledger, _) = Ledger::open(&folder.join("data/ledger.db")).unwrap();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&reports);
    let (owner, name) = forge.repo();
    let folders = Folders {
        cache: folder.join("cache"),
        data: folder.join("data"),
    };
    let repo = RepoId {
        host,
        owner: owner.to_owned(),
        name: name.to_owned(),
    };
    let report = Arc::new(move |r| sink.lock().unwrap().push(r));
    let engine = Engine::new(client, (cache, ledger), folders, repo, report);
    (engine, reports)
}
