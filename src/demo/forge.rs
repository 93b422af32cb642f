//! Starting and stopping the demo forge.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use tokio::task::JoinHandle;

use super::clock::Clock;
use super::control::Control;
use super::exchange::{Exchange, Log};
use super::faults::Faults;
use super::limits::Limits;
use super::server::{Forge, Stage, handle, handle_storage};
use super::socket::{Cut, Loopback};
use super::storage::Storage;
use super::world::{self, Built, Scale, Time, Truth};
use super::{DemoError, world::hex};
use sha2::{Digest, Sha256};

/// How the demo forge is started.
#[derive(Debug, Clone, Default)]
pub struct DemoOptions {
    /// Which world: 0 is the world as written, any other number permutes it.
    pub seed: u64,
    /// Port on the loopback address; 0 takes a free one.
    pub port: u16,
    /// Where false, each exchange is an event of `tracing` with target `proofline::demo`.
    pub quiet: bool,
    /// What it calls itself and its storage host, where it stands behind something that ends TLS.
    pub behind: Option<(String, String)>,
    /// The viewer's token, where it is another than the usual one.
    pub token: Option<String>,
}

/// What every list of changes must say of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedChange {
    pub number: u64,
    /// `open`, `merged` or `closed`.
    pub state: &'static str,
    pub head: String,
    pub updated_at: Time,
}

/// A running forge. It stops, and its folder vanishes, when this is dropped.
#[derive(Debug)]
pub struct DemoForge {
    forge: Arc<Forge>,
    truth: Truth,
    token: String,
    /// Where the API and the storage host really listen.
    own: [String; 2],
    tasks: [JoinHandle<()>; 2],
    /// Holds the repository; removed after the tasks were ended.
    _folder: tempfile::TempDir,
}

impl DemoForge {
    /// Builds the world and opens the doors.
    pub async fn start(options: DemoOptions) -> Result<Self, DemoError> {
        Self::open(options, None).await
    }

    /// The same with a large world around the story.
    pub async fn start_at_scale(options: DemoOptions, scale: Scale) -> Result<Self, DemoError> {
        Self::open(options, Some(scale)).await
    }

    async fn open(options: DemoOptions, scale: Option<Scale>) -> Result<Self, DemoError> {
        let io = |what| move |source| DemoError::Io { what, source };
        let folder = tempfile::tempdir().map_err(io("make a temporary folder"))?;
        let repository = folder.path().join("repository.git");
        let (seed, path) = (options.seed, repository.clone());
        let built = tokio::task::spawn_blocking(move || world::build(seed, scale, &path)).await;
        let Built {
            mut world,
            git,
            truth,
        } = built.map_err(|error| DemoError::story(error.to_string()))??;
        let api = Loopback::bind(options.port)
            .await
            .map_err(io("bind the loopback address"))?;
        let stored = Loopback::bind(0)
            .await
            .map_err(io("bind the loopback address"))?;
        let own = [
            api.origin().map_err(io("read the bound address"))?,
            stored.origin().map_err(io("read the bound address"))?,
        ];
        let (base, storage) = options
            .behind
            .unwrap_or_else(|| (own[0].clone(), own[1].clone()));
        let storage = Storage {
            origin: storage,
            secret: hex(&Sha256::digest(truth.main.as_bytes())),
        };
        let usual = truth.token(&truth.viewer).unwrap_or_default();
        let token = options.token.unwrap_or_else(|| usual.to_owned());
        for account in &mut world.accounts {
            if account.login == truth.viewer {
                account.token = Some(token.clone());
            }
        }
        let forge = Arc::new(Forge {
            base,
            storage,
            folder: repository,
            clock: Clock::starting_at(world.now),
            stage: Stage { world, git }.into(),
            log: Log::default(),
            faults: Faults::default(),
            limits: Limits::default(),
            tells: !options.quiet,
            sequence: AtomicU64::new(1),
        });
        let api = serve(
            api,
            Router::new()
                .fallback(handle)
                .with_state(Arc::clone(&forge)),
        );
        let routes = Router::new()
            .fallback(handle_storage)
            .with_state(Arc::clone(&forge));
        let tasks = [api, serve(stored, routes)];
        Ok(Self {
            forge,
            truth,
            token,
            own,
            tasks,
            _folder: folder,
        })
    }

    /// Address of the forge, `http://127.0.0.1:PORT`: the root of REST is exactly this, GraphQL is
    /// at `/graphql`, git at `/OWNER/NAME.git`.
    pub fn base(&self) -> &str {
        &self.forge.base
    }

    /// Where the API and the storage host listen, which is not what they call themselves where they
    /// stand behind something.
    pub fn listens(&self) -> [&str; 2] {
        [&self.own[0], &self.own[1]]
    }

    /// The viewer's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Owner and name of the repository.
    pub fn repo(&self) -> (&str, &str) {
        (&self.truth.owner, &self.truth.name)
    }

    /// What a correct reader must find.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Every change as it stands now, by number: those of the story, and those of a large world.
    pub fn changes(&self) -> Vec<ListedChange> {
        let stage = self.forge.stage();
        let pulls = stage.world.pulls.iter();
        pulls
            .map(|pull| ListedChange {
                number: pull.number,
                state: match (&pull.merged, pull.closed) {
                    (Some(_), _) => "merged",
                    (None, Some(_)) => "closed",
                    (None, None) => "open",
                },
                head: pull.head.to_string(),
                updated_at: pull.updated,
            })
            .collect()
    }

    /// The forge's time.
    pub fn now(&self) -> Time {
        self.forge.clock.now()
    }

    /// The last exchanges, oldest first.
    pub fn log(&self) -> Vec<Exchange> {
        self.forge.log.exchanges()
    }

    /// A hand on the world.
    pub fn control(&self) -> Control {
        Control {
            forge: Arc::clone(&self.forge),
        }
    }
}

impl Drop for DemoForge {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn serve(socket: Loopback, routes: Router) -> JoinHandle<()> {
    tokio::spawn(async move {
        let service = routes.into_make_service_with_connect_info::<Cut>();
        if let Err(error) = axum::serve(socket, service).await {
            tracing::error!("the demo forge stopped: {error}");
        }
    })
}
