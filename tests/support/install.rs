//! An installation in a temporary folder, pointed at a loopback forge.

use std::sync::{Arc, Mutex};

use proofline::{
    decide::Dossier,
    demo::DemoForge,
    forge::{ApiRoots, Forge},
    model::{ChangeId, Host, RepoId},
    store::{Cache, Ledger},
    sync::{Engine, Folders, Report, load},
};
use tempfile::TempDir;

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
        let folder = tempfile::tempdir().unwrap();
        let host = Host::new(forge.base().trim_start_matches("http://"));
        let client = Forge::new(
            host.clone(),
            ApiRoots::from_base(forge.base()),
            token.map(|t| t.to_owned().into()),
        )
        .unwrap();
        let (cache, _) = Cache::open(&folder.path().join("cache/cache.db")).unwrap();
        let (ledger, _) = Ledger::open(&folder.path().join("data/ledger.db")).unwrap();
        let reports = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&reports);
        let (owner, name) = forge.repo();
        let engine = Engine {
            forge: client,
            cache,
            ledger,
            folders: Folders {
                cache: folder.path().join("cache"),
                data: folder.path().join("data"),
            },
            repo: RepoId {
                host,
                owner: owner.to_owned(),
                name: name.to_owned(),
            },
            report: Arc::new(move |r| sink.lock().unwrap().push(r)),
        };
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
        load(&self.engine.cache, &id, self.engine.now()).unwrap()
    }
}
