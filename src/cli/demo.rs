//! The demo: the loopback forge in this process, and the workbench on it by the real way.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{common::Common, error::CliError, open, out::print, tui};
use crate::{
    app::Msg,
    demo::{DemoForge, DemoOptions, Scale},
    forge::{ApiRoots, Forge},
    model::{Host, RepoId},
    shell,
    sync::Folders,
};

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Serve the demo forge until ended, and print its address
    #[arg(long)]
    pub serve: bool,
    /// Port on 127.0.0.1 (0 takes a free one)
    #[arg(long, default_value_t = 0, requires = "serve")]
    port: u16,
    /// Another world of the same structure
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A large world around it: changes, and rows of evidence for each
    #[arg(long, value_name = "CHANGESxROWS")]
    scale: Option<Scale>,
}

/// Runs the command.
pub(super) async fn run(common: &Common, args: DemoArgs) -> Result<u8, CliError> {
    if args.serve {
        serve(&args).await
    } else {
        open_demo(common, &args).await
    }
}

/// Opens the workbench on the demo world. Cache and ledger live in a temporary folder.
async fn open_demo(common: &Common, args: &DemoArgs) -> Result<u8, CliError> {
    let forge = start(args, 0, true).await?;
    let folder = tempfile::tempdir()?;
    let (owner, name) = forge.repo();
    let host = Host::new(forge.base().trim_start_matches("http://"));
    let repo = RepoId {
        host: host.clone(),
        owner: owner.to_owned(),
        name: name.to_owned(),
    };
    let client = Forge::new(
        host,
        ApiRoots::from_base(forge.base()),
        Some(forge.token().to_owned().into()),
    )?;
    let folders = Folders {
        cache: folder.path().join("cache"),
        data: folder.path().join("data"),
    };
    let (messages, inbox) = mpsc::unbounded_channel::<Msg>();
    let sink = messages.clone();
    let (engine, notes) = open::engine(
        client,
        repo,
        folders,
        Arc::new(move |r| shell::report_to(&sink, r)),
    )?;
    // One answer sets the clock: the demo's world has a time of its own.
    engine.forge.viewer().await?;
    tui::run(
        common,
        vec![engine],
        (messages, inbox),
        (false, notes),
        None,
    )
    .await
}

/// Serves the demo forge until the process is ended.
async fn serve(args: &DemoArgs) -> Result<u8, CliError> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter("proofline::demo=info")
        .with_target(false)
        .init();
    let forge = start(args, args.port, false).await?;
    let (owner, name) = forge.repo();
    let (base, token, repo) = (forge.base(), forge.token(), format!("{owner}/{name}"));
    let line = format!("GH_ENTERPRISE_TOKEN={token} proofline --api-url {base} -R {repo}");
    // At once: whoever reads it may go away after the last line.
    let text = format!("base={base}\ntoken={token}\ntry={line}\nrepo={repo}\n");
    print(&text)?;
    wait_for_end().await;
    Ok(0)
}

async fn start(args: &DemoArgs, port: u16, quiet: bool) -> Result<DemoForge, CliError> {
    let seed = args.seed;
    let options = DemoOptions {
        seed,
        port,
        quiet,
        ..DemoOptions::default()
    };
    let forge = match args.scale {
        Some(scale) => DemoForge::start_at_scale(options, scale).await?,
        None => DemoForge::start(options).await?,
    };
    Ok(forge)
}

async fn wait_for_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
