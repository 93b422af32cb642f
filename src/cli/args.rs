//! The words of the command line. What a command takes stands beside what it does.

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::{
    attempts::AttemptsArgs, cache::CacheArgs, change::ChangeArg, common::Common,
    contract::ContractArgs, decide::DecideArgs, decisions::DecisionsArgs, demo::DemoArgs,
    list::ListArgs, local::LocalArgs, outbox::OutboxArgs, search::SearchArgs, show::ShowArgs,
    sync::SyncArgs, timeline::TimelineArgs, trace::TraceArgs,
};

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

/// A command.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open the workbench on a demo world, served by this process
    Demo(DemoArgs),
    /// Open a range of commits of a repository on disk, without a forge
    Local(LocalArgs),
    /// Pull changes and their evidence into the cache
    Sync(SyncArgs),
    /// List cached changes
    List(ListArgs),
    /// Show one change: stages, gaps, checks, reviews
    Show(ShowArgs),
    /// Show the evidence timeline of a change
    Timeline(TimelineArgs),
    /// Trace a test to its requirement, or a requirement to its tests
    Trace(TraceArgs),
    /// Show the ladder of attempts
    Attempts(AttemptsArgs),
    /// Record a decision and send it to the forge
    Decide(DecideArgs),
    /// Show decisions about a change, own and others'
    Decisions(DecisionsArgs),
    /// Show the outbox, or act on it
    Outbox(OutboxArgs),
    /// Search all texts that are cached: titles, requirements, comments, failures, ends of logs
    Search(SearchArgs),
    /// The contract file: what a project asks of a change
    Contract(ContractArgs),
    /// The cache: its size, and what may go
    Cache(CacheArgs),
    /// Check token, forge, git, terminal and files, and say what to do
    Doctor,
    /// Print the keys
    Keys,
    /// Print completions for a shell
    Completions { shell: Shell },
}

impl Command {
    /// The changes that the command names.
    pub(super) fn changes(&self) -> Vec<&ChangeArg> {
        match self {
            Self::Show(args) => vec![&args.change],
            Self::Timeline(args) => vec![&args.change],
            Self::Trace(args) => vec![&args.change],
            Self::Attempts(args) => vec![&args.change],
            Self::Decisions(args) => vec![&args.change],
            Self::Decide(args) => vec![&args.change],
            Self::Sync(args) => args.changes.iter().collect(),
            Self::Contract(args) => args.change().into_iter().collect(),
            _ => Vec::new(),
        }
    }
}
