//! The two files: damaged, newer, unreachable, shared, and left behind by a process that was killed.

mod killed;

use std::path::{Path, PathBuf};

use proofline::{
    model::{PartName, PartState, RepoId, Timestamp},
    store::{Cache, CachedResponse, Ledger, Opened, PartRow, StoreError},
};
use tempfile::TempDir;

fn repo() -> RepoId {
    RepoId::new("github.com", "acme", "payments")
}

fn part(count: u64) -> PartRow {
    PartRow {
        part: PartName::Reviews,
        state: PartState::Complete,
        checked_at: Some(Timestamp(1_000)),
        tried_at: Some(Timestamp(1_000)),
        again: proofline::store::Again::No,
        count,
        records: Some(format!("[{count}]")),
    }
}

fn response(count: u64) -> CachedResponse {
    CachedResponse {
        url: "https://api.github.com/reviews".to_owned(),
        etag: Some(format!("\"{count}\"")),
        last_modified: None,
        next: None,
        fetched_at: Timestamp(1_000),
        body: count.to_string().into_bytes(),
    }
}

/// Writes a part and the answer it came from.
fn put(cache: &Cache, number: u64, count: u64) {
    let row = cache.repo(&repo()).unwrap().id;
    cache
        .put_part(
            row,
            number,
            part(count),
            vec![response(count)],
            "a".to_owned(),
        )
        .unwrap();
}

/// What a part and its answer say.
fn got(cache: &Cache, number: u64) -> (u64, u64) {
    let row = cache.repo(&repo()).unwrap().id;
    let part = cache.parts(row, number).unwrap().remove(0);
    let answer = cache.response(&response(0).url, "a").unwrap().unwrap();
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.etag, Some(format!("\"{body}\"")));
    assert_eq!(part.records, Some(format!("[{}]", part.count)));
    (part.count, body.parse().unwrap())
}

/// A cache and a ledger with something in them, closed again.
fn both() -> (TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (cache, ledger) = (
        folder.path().join("cache.db"),
        folder.path().join("ledger.db"),
    );
    let (open, how) = Cache::open(&cache).unwrap();
    assert_eq!(how, Opened::Created);
    put(&open, 1, 7);
    let (kept, _) = Ledger::open(&ledger).unwrap();
    for n in 0..200 {
        kept.set_ui_state(&format!("key {n}"), &"value ".repeat(50))
            .unwrap();
    }
    drop((open, kept));
    settle(&cache);
    settle(&ledger);
    (folder, cache, ledger)
}

/// Takes what is in the log of a closed file into the file itself.
fn settle(path: &Path) {
    let file = rusqlite::Connection::open(path).unwrap();
    file.pragma_update(None, "journal_mode", "DELETE").unwrap();
}

/// Overwrites the middle of a file with noise, from its second page on.
fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let end = bytes.len();
    assert!(end > 3 * 4_096);
    bytes[4_096..end].iter_mut().for_each(|b| *b = 0xa5);
    std::fs::write(path, bytes).unwrap();
}

fn is_newer(error: &StoreError) -> bool {
    matches!(error, StoreError::Newer { found: 99, .. })
}

#[test]
fn a_cache_that_is_no_database_is_set_aside_and_made_anew() {
    let (_folder, cache, ledger) = both();
    let noise = b"this is no database, whatever its name says".repeat(40);
    std::fs::write(&cache, &noise).unwrap();
    let before = std::fs::read(&ledger).unwrap();
    let (open, how) = Cache::open(&cache).unwrap();
    let Opened::Rebuilt(aside) = how else {
        panic!("{how:?}");
    };
    assert_eq!(
        std::fs::read(aside).unwrap(),
        noise,
        "nothing is thrown away"
    );
    assert_eq!(
        std::fs::read(&ledger).unwrap(),
        before,
        "nothing else is touched"
    );
    assert_eq!(open.repos().unwrap(), []);
    put(&open, 1, 8);
    assert_eq!(got(&open, 1), (8, 8));
    drop(open);
    assert_eq!(Cache::open(&cache).unwrap().1, Opened::AsItWas);
}

#[test]
fn a_cache_that_was_cut_is_made_anew() {
    let (_folder, cache, _) = both();
    let bytes = std::fs::read(&cache).unwrap();
    std::fs::write(&cache, &bytes[..bytes.len() / 2]).unwrap();
    let (open, how) = Cache::open(&cache).unwrap();
    assert!(matches!(how, Opened::Rebuilt(_)), "{how:?}");
    put(&open, 1, 9);
    assert_eq!(got(&open, 1), (9, 9));
}

#[test]
fn a_damaged_ledger_is_refused_and_left_as_it_is() {
    for (what, harm) in [
        (
            "noise",
            (|path: &Path| std::fs::write(path, b"noise ".repeat(900)).unwrap()) as fn(&Path),
        ),
        ("pages", damage),
    ] {
        let (folder, _, ledger) = both();
        harm(&ledger);
        let before = std::fs::read(&ledger).unwrap();
        match Ledger::open(&ledger) {
            Err(error @ StoreError::Corrupt { .. }) => {
                assert!(error.to_string().contains("ledger.db"), "{what}: {error}");
            }
            Err(other) => panic!("{what}: {other:?}"),
            Ok(_) => panic!("{what}: it was opened"),
        }
        assert_eq!(std::fs::read(&ledger).unwrap(), before, "{what}");
        let files = std::fs::read_dir(folder.path()).unwrap();
        let aside = files.filter(|f| {
            f.as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|e| e == "damaged")
        });
        assert_eq!(aside.count(), 0, "{what}: it stays where it is");
    }
}

#[test]
fn a_file_of_a_newer_program_is_refused_and_left_as_it_is() {
    let (_folder, cache, ledger) = both();
    for path in [&cache, &ledger] {
        let file = rusqlite::Connection::open(path).unwrap();
        file.pragma_update(None, "user_version", 99).unwrap();
        drop(file);
        let before = std::fs::read(path).unwrap();
        let error = if path == &cache {
            Cache::open(path).err().unwrap()
        } else {
            Ledger::open(path).err().unwrap()
        };
        assert!(is_newer(&error), "{error:?}");
        let words = error.to_string();
        assert!(
            words.contains("newer version") && words.contains("99"),
            "{words}"
        );
        assert_eq!(std::fs::read(path).unwrap(), before);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    let error = Cache::open(&file.join("below/cache.db")).err().unwrap();
    assert!(matches!(error, StoreError::Folder { .. }), "{error:?}");
    assert!(error.to_string().contains("a-file"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_said_and_nothing_is_lost() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, cache, ledger) = both();
    let mode =
        |mode| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode));
    mode(0o500).unwrap();
    if std::fs::write(folder.path().join("probe"), "x").is_ok() {
        println!("skipped: this account may write everywhere");
        return;
    }
    assert!(Cache::open(&cache).is_err());
    assert!(Ledger::open(&ledger).is_err());
    mode(0o700).unwrap();
    assert_eq!(got(&Cache::open(&cache).unwrap().0, 1), (7, 7));
}

#[cfg(unix)]
#[test]
fn files_and_folders_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/data/ledger.db");
    let (ledger, _) = Ledger::open(&path).unwrap();
    ledger.set_ui_state("a", "b").unwrap();
    let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn two_handles_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let handles = [Cache::open(&path).unwrap().0, Cache::open(&path).unwrap().0];
    let writers: Vec<_> = handles
        .iter()
        .enumerate()
        .map(|(n, cache)| {
            let cache = cache.clone();
            std::thread::spawn(move || {
                for count in 0..50 {
                    put(&cache, n as u64, count);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    for cache in &handles {
        assert_eq!((got(cache, 0).0, got(cache, 1).0), (49, 49));
        assert_eq!(cache.repos().unwrap().len(), 1);
    }
}

#[test]
fn a_failure_keeps_the_records_and_a_success_replaces_them() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, _) = Cache::open(&folder.path().join("cache.db")).unwrap();
    put(&cache, 1, 3);
    let row = cache.repo(&repo()).unwrap().id;
    let failed = PartRow {
        state: PartState::Failed(proofline::model::Hole::new(
            proofline::model::HoleKind::Again,
            "busy",
        )),
        checked_at: None,
        count: 0,
        records: None,
        ..part(0)
    };
    cache
        .put_part(row, 1, failed.clone(), Vec::new(), "a".to_owned())
        .unwrap();
    let kept = cache.parts(row, 1).unwrap().remove(0);
    let meant = PartRow {
        state: failed.state,
        ..part(3)
    };
    assert_eq!(kept, meant);
    put(&cache, 1, 4);
    assert_eq!(cache.parts(row, 1).unwrap(), [part(4)]);
}

#[test]
fn an_answer_belongs_to_the_account_that_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, _) = Cache::open(&folder.path().join("cache.db")).unwrap();
    put(&cache, 1, 3);
    assert!(cache.response(&response(0).url, "b").unwrap().is_none());
}

#[test]
fn many_who_open_a_new_cache_at_once_all_get_in() {
    for round in 0..100 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache.db");
        let gate = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    gate.wait();
                    let opened = Cache::open(&path);
                    assert!(opened.is_ok(), "round {round}: {:?}", opened.err());
                });
            }
        });
    }
}
