//! Opening a database file, its writer thread, and what is done where the file is broken.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, ffi};

use super::migrations::{self, Migration};

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot create the folder {path}")]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot open {path}")]
    Open {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("{path} is not a database or is damaged")]
    Corrupt {
        path: PathBuf,
        source: rusqlite::Error,
    },
    /// A file that may be thrown away was found damaged while it was read.
    #[error("{path} is damaged inside")]
    Damaged {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("{path} was written by a newer version (schema {found}, this version knows {known})")]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error("cannot write {path}: the disk is full or read-only, or a limit is reached")]
    Unwritable {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("a query on {path} failed")]
    Query {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("a record in {path} cannot be read")]
    Record {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("the writer of {path} has ended")]
    Closed { path: PathBuf },
}

/// What opening did besides opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    AsItWas,
    Created,
    /// The file was damaged; it stands aside under this name and a new one was made.
    Rebuilt(PathBuf),
    /// The file is of a newer version and stays as it is; one of this version's own is used.
    Beside(PathBuf),
}

/// How often the write-ahead log is turned on where another process does the same, and how long
/// after the last time.
const WAL_TRIES: u32 = 500;
const WAL_PAUSE: Duration = Duration::from_millis(20);

/// Reading connections that are kept open.
const MAX_READERS: usize = 8;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A database with one writer.
#[derive(Clone)]
pub(super) struct Database {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    /// Whether the file may be thrown away.
    disposable: bool,
    /// Absent only while this is dropped.
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    /// Reading connections that nobody uses now.
    readers: Mutex<Vec<Connection>>,
}

impl Drop for Inner {
    /// Ends the writer and waits for it: after the last handle is gone, so is every lock.
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has closed its connection as well.
            let _ = writer.join();
        }
    }
}

fn is_corrupt(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt)
    )
}

/// Writes that failed for another reason than no space at all: a quota, or a limit of file sizes.
/// `SQLite` tells them apart from a broken disk by these alone.
const UNWRITTEN: [std::ffi::c_int; 7] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_DIR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMOPEN,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_SHMMAP,
];

fn is_unwritable(error: &rusqlite::Error) -> bool {
    let is_told = matches!(
        error.sqlite_error_code(),
        Some(
            rusqlite::ErrorCode::DiskFull
                | rusqlite::ErrorCode::ReadOnly
                | rusqlite::ErrorCode::CannotOpen
        )
    );
    let code = error.sqlite_error().map(|e| e.extended_code);
    is_told || code.is_some_and(|code| UNWRITTEN.contains(&code))
}

/// What no program of ours wrote: text that is none, a value of another type.
fn is_nonsense(error: &rusqlite::Error) -> bool {
    matches!(
        error,
        rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
    )
}

/// The note that a file was found damaged.
fn note_of_damage(path: &Path) -> PathBuf {
    path.with_extension("damage-found")
}

impl Inner {
    fn readers(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoreError {
    pub(super) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        if is_corrupt(&source) {
            Self::Corrupt { path, source }
        } else if is_unwritable(&source) {
            Self::Unwritable { path, source }
        } else {
            Self::Query { path, source }
        }
    }
}

impl Database {
    /// Opens a file, making or migrating it as needed. `full_sync` waits for the disk on each
    /// commit.
    pub(super) fn open(
        path: &Path,
        steps: &'static [Migration],
        full_sync: bool,
    ) -> Result<(Self, Opened), StoreError> {
        if let Some(folder) = path.parent() {
            make_private_folder(folder)?;
        }
        let opened = if path.exists() {
            Opened::AsItWas
        } else {
            Opened::Created
        };
        make_private_file(path);
        let mut writer = connect(path, false)?;
        // Before anything is written: what is not ours stays as it is.
        migrations::check(&writer, path, steps)?;
        if full_sync && opened == Opened::AsItWas {
            look_whole(&writer, path)?;
        }
        let setup = |c: &Connection| -> rusqlite::Result<()> {
            c.busy_timeout(Duration::from_secs(10))?;
            log_ahead(c)?;
            c.pragma_update(None, "foreign_keys", "ON")?;
            c.pragma_update(
                None,
                "synchronous",
                if full_sync { "FULL" } else { "NORMAL" },
            )
        };
        setup(&writer).map_err(|e| StoreError::of(path, e))?;
        migrations::run(&mut writer, path, steps)?;
        let reader = reading(path)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let writer = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                for job in queue {
                    job(&mut writer);
                }
            })
            .map_err(|source| StoreError::Folder {
                path: path.to_owned(),
                source,
            })?;
        let inner = Inner {
            path: path.to_owned(),
            disposable: !full_sync,
            jobs: Some(jobs),
            writer: Some(writer),
            readers: Mutex::new(vec![reader]),
        };
        Ok((
            Self {
                inner: Arc::new(inner),
            },
            opened,
        ))
    }

    pub(super) fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Says what an error means. Damage that shows only inside of a file that may be thrown away is
    /// noted beside it, so that the next one who opens it makes it anew.
    fn failed(&self, error: rusqlite::Error) -> StoreError {
        let path = &self.inner.path;
        if !self.inner.disposable || !(is_corrupt(&error) || is_nonsense(&error)) {
            return StoreError::of(path, error);
        }
        self.note_damage(&error.to_string());
        StoreError::Damaged {
            path: path.clone(),
            source: error,
        }
    }

    /// Notes beside the file that it is damaged.
    pub(super) fn note_damage(&self, what: &str) {
        let _ = std::fs::write(note_of_damage(&self.inner.path), what);
    }

    /// Runs one transaction on the writer and waits for it.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, wait) = mpsc::channel();
        let job: Job = Box::new(move |connection| {
            // From the start a write: one that begins by reading could not wait for another process.
            let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
            let result = begun.and_then(|tx| {
                let value = work(&tx)?;
                tx.commit()?;
                Ok(value)
            });
            // The one who asked may be gone; the transaction stands all the same.
            let _ = answer.send(result);
        });
        let closed = || StoreError::Closed {
            path: self.inner.path.clone(),
        };
        let jobs = self.inner.jobs.as_ref().ok_or_else(closed)?;
        jobs.send(job).map_err(|_| closed())?;
        wait.recv()
            .map_err(|_| closed())?
            .map_err(|e| self.failed(e))
    }

    /// Runs a statement that cannot stand in a transaction.
    pub(super) fn plain(&self, sql: &'static str) -> Result<(), StoreError> {
        let (answer, wait) = mpsc::channel();
        let job: Job = Box::new(move |connection| {
            // A pragma may answer with a row, which nobody needs.
            let result = connection.prepare(sql).and_then(|mut s| {
                let mut rows = s.query([])?;
                while rows.next()?.is_some() {}
                Ok(())
            });
            let _ = answer.send(result);
        });
        let closed = || StoreError::Closed {
            path: self.inner.path.clone(),
        };
        let jobs = self.inner.jobs.as_ref().ok_or_else(closed)?;
        jobs.send(job).map_err(|_| closed())?;
        wait.recv()
            .map_err(|_| closed())?
            .map_err(|e| self.failed(e))
    }

    /// Runs a query on a reading connection of its own: it waits for no writer and no other reader.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let free = self.inner.readers().pop();
        let reader = match free {
            Some(reader) => reader,
            None => reading(&self.inner.path)?,
        };
        let found = work(&reader);
        let mut readers = self.inner.readers();
        if readers.len() < MAX_READERS {
            readers.push(reader);
        }
        drop(readers);
        found.map_err(|e| self.failed(e))
    }

    pub(super) fn record<T: serde::de::DeserializeOwned>(
        &self,
        json: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(json).map_err(|source| StoreError::Record {
            path: self.inner.path.clone(),
            source,
        })
    }

    pub(super) fn json<T: serde::Serialize>(&self, value: &T) -> Result<String, StoreError> {
        serde_json::to_string(value).map_err(|source| StoreError::Record {
            path: self.inner.path.clone(),
            source,
        })
    }
}

/// Turns the write-ahead log on. Of two processes that do so to a new file one is refused at once,
/// whatever its patience: it holds what the other waits for.
fn log_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = 0;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && tries < WAL_TRIES =>
            {
                tries += 1;
                std::thread::sleep(WAL_PAUSE);
            }
            other => return other,
        }
    }
}

/// Looks through the pages of a file that must never be written over while it is damaged.
fn look_whole(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let said: String = connection
        .query_row("PRAGMA quick_check(1)", [], |r| r.get(0))
        .map_err(|e| StoreError::of(path, e))?;
    if said == "ok" {
        return Ok(());
    }
    let code = ffi::Error::new(ffi::SQLITE_CORRUPT);
    Err(StoreError::Corrupt {
        path: path.to_owned(),
        source: rusqlite::Error::SqliteFailure(code, Some(said)),
    })
}

/// A connection that only reads.
fn reading(path: &Path) -> Result<Connection, StoreError> {
    let reader = connect(path, true)?;
    let patient = reader.busy_timeout(Duration::from_secs(10));
    patient.map_err(|e| StoreError::of(path, e))?;
    Ok(reader)
}

fn connect(path: &Path, read_only: bool) -> Result<Connection, StoreError> {
    let flags = if read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
    };
    Connection::open_with_flags(path, flags).map_err(|source| {
        let path = path.to_owned();
        if is_corrupt(&source) {
            StoreError::Corrupt { path, source }
        } else {
            StoreError::Open { path, source }
        }
    })
}

/// Makes a folder that only its owner can enter.
fn make_private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder).map_err(|source| StoreError::Folder {
        path: folder.to_owned(),
        source,
    })
}

/// Makes a file that only its owner can read, or makes one so; the files that `SQLite` puts beside it
/// take its mode. Best effort, since some file systems know no modes.
fn make_private_file(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let mut options = std::fs::OpenOptions::new();
        let _ = options.create_new(true).write(true).mode(0o600).open(path);
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Opens a file that may be thrown away: a damaged one is moved aside and made anew.
pub(super) fn open_disposable(
    path: &Path,
    steps: &'static [Migration],
) -> Result<(Database, Opened), StoreError> {
    let note = note_of_damage(path);
    let opened = if note.exists() && path.exists() {
        // It opens, and broke while it was read.
        Err(StoreError::Corrupt {
            path: path.to_owned(),
            source: rusqlite::Error::InvalidQuery,
        })
    } else {
        Database::open(path, steps, false)
    };
    match opened {
        // A schema that does not fit its number was left by nobody who knew what they did.
        Err(StoreError::Corrupt { .. } | StoreError::Query { .. }) => {
            let aside = path.with_extension("damaged");
            std::fs::rename(path, &aside).map_err(|source| StoreError::Folder {
                path: path.to_owned(),
                source,
            })?;
            for suffix in ["-wal", "-shm"] {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                let _ = std::fs::remove_file(PathBuf::from(name));
            }
            let _ = std::fs::remove_file(note);
            let (database, _) = Database::open(path, steps, false)?;
            Ok((database, Opened::Rebuilt(aside)))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_waits_for_no_other_read_and_no_write() {
        let folder = tempfile::tempdir().unwrap();
        let (database, _) = Database::open(&folder.path().join("a.db"), &[], false).unwrap();
        // Each waits for the others: with one connection for all, none would end.
        let gate = &std::sync::Barrier::new(3);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| database.read(|_| Ok(gate.wait())).unwrap());
            }
            database.read(|_| Ok(gate.wait())).unwrap();
        });
        assert_eq!(database.inner.readers().len(), 3, "they are kept");
    }
}
