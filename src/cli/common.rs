//! Options of every command, and what follows from them.

use std::path::PathBuf;

use chrono::{Local, Offset as _, TimeZone as _};

use crate::model::{Timestamp, Zone};

/// Options of every command.
#[derive(Debug, Clone, clap::Args)]
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

impl Common {
    /// The zone in which times are told: that of this place, or UTC where it is asked for.
    pub(super) fn zone(&self) -> Zone {
        if self.utc { Zone::UTC } else { Zone::new(here) }
    }
}

/// Seconds that the clocks here are off UTC at a moment.
fn here(at: Timestamp) -> i32 {
    Local
        .timestamp_opt(at.0, 0)
        .single()
        .map_or(0, |time| time.offset().fix().local_minus_utc())
}
