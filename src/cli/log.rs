//! The log file: off by default. `PROOFLINE_LOG` names how much is written down, from `error` to `trace`.
//! It holds what this program does and asks for, never a header, so no token; what others wrote in it is
//! made harmless, and each entry is one line.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter};

use super::{common::Common, error::CliError, open};
use crate::text;

/// The variable that turns it on.
pub(super) const VARIABLE: &str = "PROOFLINE_LOG";
/// Bytes from which on a new file is begun.
const MAX_SIZE: u64 = 4 << 20;
/// Older files that are kept: `proofline.log.1` is the newest of them.
const OLDER: u32 = 3;

/// Returns where the log is written.
pub(super) fn path(cache: &Path) -> PathBuf {
    cache.join("log").join("proofline.log")
}

/// Returns how much is written down; none where that is not asked for.
///
/// # Errors
/// Where the variable says something else.
pub(super) fn level() -> Result<Option<LevelFilter>, CliError> {
    let Some(word) = std::env::var_os(VARIABLE).filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    let word = word.to_string_lossy().to_ascii_lowercase();
    match word.as_str() {
        "off" => Ok(None),
        "error" => Ok(Some(LevelFilter::ERROR)),
        "warn" => Ok(Some(LevelFilter::WARN)),
        "info" => Ok(Some(LevelFilter::INFO)),
        "debug" => Ok(Some(LevelFilter::DEBUG)),
        "trace" => Ok(Some(LevelFilter::TRACE)),
        _ => Err(CliError::usage(format!("{VARIABLE} is `{word}`"))
            .hinted("it is one of error, warn, info, debug, trace, or off")),
    }
}

/// Begins to write down what happens, where that is asked for.
///
/// # Errors
/// Where the variable says something else, or the file cannot be written.
pub(super) fn begin(common: &Common) -> Result<(), CliError> {
    let Some(level) = level()? else {
        return Ok(());
    };
    let path = path(&open::folders(common)?.cache);
    let rotating = Rotating::open(&path).map_err(|e| {
        CliError::data(format!("{} cannot be written: {e}", path.display()))
            .hinted(format!("unset {VARIABLE}, or make room there"))
    })?;
    // Other crates could write down headers.
    let own = tracing_subscriber::filter::EnvFilter::new(format!("proofline={level}"));
    tracing_subscriber::fmt()
        .with_writer(Log(Mutex::new(rotating)))
        .with_env_filter(own)
        .with_ansi(false)
        .init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Ok(())
}

/// The file, and what lies in it.
struct Rotating {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Rotating {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        let file = private_file(path)?;
        let size = file.metadata()?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            size,
        })
    }

    /// Sets the file aside, with those before it, and begins a new one.
    fn rotate(&mut self) -> io::Result<()> {
        let older = |n: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{n}"));
            PathBuf::from(name)
        };
        for n in (1..OLDER).rev() {
            // The first times there are fewer.
            let _ = fs::rename(older(n), older(n + 1));
        }
        fs::rename(&self.path, older(1))?;
        self.file = private_file(&self.path)?;
        self.size = 0;
        Ok(())
    }

    fn put(&mut self, entry: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(entry);
        let line = text::clean_line(text.trim_end());
        if self.size > 0 && self.size + line.len() as u64 > MAX_SIZE {
            self.rotate()?;
        }
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.size += line.len() as u64 + 1;
        Ok(())
    }
}

/// Gives each entry to the file.
struct Log(Mutex<Rotating>);

struct Entry<'a>(&'a Mutex<Rotating>);

impl<'a> MakeWriter<'a> for Log {
    type Writer = Entry<'a>;

    fn make_writer(&'a self) -> Entry<'a> {
        Entry(&self.0)
    }
}

/// An entry comes with one call.
impl Write for Entry<'_> {
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.put(entry)?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_one_line_and_old_files_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = path(folder.path());
        let mut log = Rotating::open(&path).unwrap();
        log.put(b"one\x1b[31m\ntwo\n").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let large = vec![b'x'; usize::try_from(MAX_SIZE).unwrap()];
        for _ in 0..6 {
            log.put(&large).unwrap();
        }
        let mut names: Vec<String> = fs::read_dir(path.parent().unwrap())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "proofline.log",
                "proofline.log.1",
                "proofline.log.2",
                "proofline.log.3"
            ]
        );
        // Who opens it again goes on where it ended.
        let again = Rotating::open(&path).unwrap();
        assert_eq!(again.size, MAX_SIZE + 1);
    }
}
