//! Arguments.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::change::ChangeArg;
use crate::demo::Scale;

/// Review changes by their evidence: requirements, attempts, results, decisions.
///
/// Without a command the workbench opens on the repository of this folder.
/// Exit codes: 0 ok, 1 the thing asked is not so, 2 usage, 3 auth, 4 network or rate limit,
/// 5 conflict (the head moved), 6 data problem.
#[derive(Debug, Parser)]
#[command(name = "proofline", version, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Open the workbench on this change: 482, '#482', or the address of its page
    #[arg(value_name = "CHANGE")]
    pub change: Option<ChangeArg>,
    #[command(flatten)]
    pub common: Common,
}

/// Which demo world is served.
#[derive(Debug, Clone, Copy, Parser)]
pub(super) struct DemoWorld {
    /// Another world of the same structure
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// A large world around it: changes, and rows of evidence for each
    #[arg(long, value_name = "CHANGESxROWS")]
    pub scale: Option<Scale>,
}

/// Options of every command.
#[derive(Debug, Clone, Parser)]
pub(super) struct Common {
    /// Repository, as OWNER/REPO or HOST/OWNER/REPO; may be given several times
    #[arg(
        short = 'R',
        long = "repo",
        global = true,
        value_name = "[HOST/]OWNER/REPO",
        env = "PROOFLINE_REPO",
        value_delimiter = ','
    )]
    pub repo: Vec<String>,
    /// Base address of the forge's REST API
    #[arg(long, global = true, value_name = "URL", env = "PROOFLINE_API_URL")]
    pub api_url: Option<String>,
    /// Print JSON with a versioned schema field
    #[arg(long, global = true)]
    pub json: bool,
    /// Print text without glyphs or columns, for screen readers and pipes
    #[arg(long, global = true)]
    pub plain: bool,
    /// Ask nothing of the network
    #[arg(long, global = true)]
    pub offline: bool,
    /// Refuse every write to the forge
    #[arg(long, global = true, env = "PROOFLINE_READONLY", value_parser = clap::builder::BoolishValueParser::new())]
    pub readonly: bool,
    /// Tell times in UTC, not in the time of this place
    #[arg(long, global = true, env = "PROOFLINE_UTC", value_parser = clap::builder::BoolishValueParser::new())]
    pub utc: bool,
    /// Theme: dark or light (guessed from the terminal)
    #[arg(long, global = true, value_name = "NAME", env = "PROOFLINE_THEME")]
    pub theme: Option<String>,
    /// Draw with plain ASCII glyphs
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Folder of the cache
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "PROOFLINE_CACHE_DIR",
        hide = true
    )]
    pub cache_dir: Option<PathBuf>,
    /// Folder of the ledger
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "PROOFLINE_DATA_DIR",
        hide = true
    )]
    pub data_dir: Option<PathBuf>,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open the workbench on a demo world, served by this process
    Demo {
        /// Serve the demo forge until ended, and print its address
        #[arg(long)]
        serve: bool,
        /// Port on 127.0.0.1 (0 takes a free one)
        #[arg(long, default_value_t = 0, requires = "serve")]
        port: u16,
        #[command(flatten)]
        world: DemoWorld,
    },
    /// Open a range of commits of a repository on disk, without a forge
    Local {
        /// Range such as main..HEAD (default: since the upstream, else the last 20 commits)
        range: Option<String>,
        /// `JUnit` XML files of a test run at the end of the range
        #[arg(long, value_name = "FILE", num_args = 1..)]
        results: Vec<PathBuf>,
        /// Folder of the repository
        #[arg(short = 'C', long, value_name = "DIR", default_value = ".")]
        folder: PathBuf,
        /// Trace this test or requirement and print it, instead of opening the workbench
        #[arg(long, value_name = "TEST|REQ")]
        trace: Option<String>,
    },
    /// Pull changes and their evidence into the cache
    Sync(SyncArgs),
    /// List cached changes
    List {
        /// Filter words and qualifiers, such as is:failing agent:copilot
        filter: Vec<String>,
        /// Merged and closed ones too
        #[arg(long)]
        all: bool,
    },
    /// Show one change: stages, gaps, checks, reviews
    Show { change: ChangeArg },
    /// Show the evidence timeline of a change
    Timeline {
        change: ChangeArg,
        /// Only this stage, such as verify
        #[arg(long)]
        stage: Option<String>,
    },
    /// Trace a test to its requirement, or a requirement to its tests
    Trace {
        change: ChangeArg,
        /// Test or requirement; without it the coverage table
        what: Option<String>,
    },
    /// Show the ladder of attempts
    Attempts { change: ChangeArg },
    /// Record a decision and send it to the forge
    Decide(DecideArgs),
    /// Show decisions about a change, own and others'
    Decisions { change: ChangeArg },
    /// Show the outbox, or act on it
    Outbox {
        #[command(subcommand)]
        action: Option<OutboxAction>,
    },
    /// Search all texts that are cached: titles, requirements, comments, failures, ends of logs
    Search {
        /// Words that must all occur; quotes keep words together
        #[arg(required = true)]
        words: Vec<String>,
        /// Hits that are shown
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// The contract file: what a project asks of a change
    Contract {
        #[command(subcommand)]
        action: ContractAction,
    },
    /// The cache: its size, and what may go
    Cache {
        #[command(subcommand)]
        action: CacheAction,
    },
    /// Check token, forge, git, terminal and files, and say what to do
    Doctor,
    /// Print the keys
    Keys,
    /// Print completions for a shell
    Completions { shell: Shell },
}

/// Arguments of `sync`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SyncArgs {
    /// Only these changes
    pub changes: Vec<ChangeArg>,
    /// Print what would be asked for, why, and what has to wait; ask nothing
    #[arg(long, conflicts_with_all = ["watch", "full"])]
    pub plan: bool,
    /// Pull the whole list again, whatever is known
    #[arg(long)]
    pub full: bool,
    /// Go on until interrupted, and say what moved
    #[arg(long, conflicts_with = "changes")]
    pub watch: bool,
    /// Seconds between two rounds of --watch
    #[arg(long, default_value_t = 60, requires = "watch", value_parser = clap::value_parser!(u64).range(5..))]
    pub every: u64,
}

/// Kind of a decision.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum DecideKind {
    Approve,
    RequestChanges,
    ExceptionAsk,
}

/// Arguments of `decide`.
#[derive(Debug, clap::Args)]
pub(super) struct DecideArgs {
    pub kind: DecideKind,
    pub change: ChangeArg,
    /// The commit that was looked at; refused where the head is another
    #[arg(long, value_name = "SHA")]
    pub expect_head: String,
    /// Reason or review text
    #[arg(long, default_value = "")]
    pub reason: String,
    /// What the exception is for
    #[arg(long, default_value = "")]
    pub target: String,
    /// Compensating control, or none
    #[arg(long, default_value = "")]
    pub control: String,
    /// Login of the risk owner
    #[arg(long, default_value = "")]
    pub owner: String,
    /// Days until the exception ends
    #[arg(long, default_value = "30")]
    pub days: String,
    /// Do not ask; without it the decision is only shown
    #[arg(long)]
    pub yes: bool,
}

/// What to do with the contract file.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ContractAction {
    /// Write a commented start from what this repository has
    Init {
        /// Print it instead of writing it
        #[arg(long)]
        stdout: bool,
    },
    /// Say what is asked of a change and how each rule stands; without a number, read the file here
    Check { change: Option<ChangeArg> },
}

/// What to do with the cache.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum CacheAction {
    /// What takes the room
    Size,
    /// Remove what is old: evidence of closed changes, and repositories to which access was lost
    Prune {
        /// Days after which the evidence of a closed change goes
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
    /// Remove all of it; the ledger stays
    Clear {
        /// Really do it
        #[arg(long)]
        yes: bool,
    },
}

/// What to do with the outbox.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum OutboxAction {
    /// Deliver what is open
    Flush,
    /// Drop a decision that was not sent
    Drop { id: String },
    /// Try a held, refused or stuck delivery again
    Retry { id: String },
}
