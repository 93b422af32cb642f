//! A disk that fills up: the sync says what, where and what to do; nothing is harmed, and once there
//! is room the next sync ends as if nothing had been.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use proofline::demo::DemoForge;

use super::tools::{BINARY, Home, Ran};
use crate::support::{
    dump::{Dump, Phase, differences, dump, phase},
    forge::forge,
};

/// A forge, an installation with a decision in its ledger and no cache, and what a sync that
/// nothing disturbs ends with.
struct Scene {
    forge: DemoForge,
    home: Home,
    ledger: Vec<String>,
    expected: Dump,
    /// Bytes of the largest file that such a sync writes.
    largest: u64,
}

impl Scene {
    async fn new() -> Self {
        let forge = forge(0).await;
        let home = Home::on(&forge);
        home.run(&["sync"]).ended(0);
        let cache = home.folder.path().join("cache");
        let sizes =
            ["cache.db", "cache.db-wal"].map(|f| fs::metadata(cache.join(f)).unwrap().len());
        let head = forge.truth().change(479).unwrap().head.clone();
        let (what, to) = (["decide", "approve", "479", "--expect-head"], head.as_str());
        let decide = [&what[..], &[to, "--yes", "--offline"]].concat();
        home.run(&decide).ended(0);
        home.settle();
        let expected = dump(home.folder.path());
        fs::remove_dir_all(&cache).unwrap();
        let ledger = ledger(home.folder.path());
        assert_eq!(ledger.len(), 2, "a decision and its delivery");
        Self {
            forge,
            home,
            ledger,
            expected,
            largest: sizes.into_iter().max().unwrap(),
        }
    }

    /// Runs a sync of which no file may grow beyond a size.
    fn sync_below(&self, bytes: u64) -> Ran {
        // The signal would end the process; ignored, the write fails.
        let script = "trap '' XFSZ; ulimit -f $1; exec \"$0\" sync";
        let blocks = (bytes / 512).to_string();
        self.home
            .ran(Command::new("sh").args(["-c", script, BINARY, &blocks]))
    }

    /// Asserts that nothing was harmed, and that a sync with room ends as one without trouble.
    #[track_caller]
    fn recovers(&self, folder: &Path, at: &str) {
        assert_eq!(ledger(folder), self.ledger, "{at}");
        let differs = differences(&dump(folder), &self.expected);
        assert!(differs.is_empty(), "{at}: {differs:#?}");
    }

    fn again(&self) {
        fs::remove_dir_all(self.home.folder.path().join("cache")).unwrap();
        self.forge.control().advance_clock(3600);
    }
}

/// What is written in the ledger, which must be whole.
fn ledger(folder: &Path) -> Vec<String> {
    let ledger = rusqlite::Connection::open(folder.join("data/ledger.db")).unwrap();
    let whole: String = ledger
        .query_row("PRAGMA integrity_check", [], |r| r.get(0))
        .unwrap();
    assert_eq!(whole, "ok");
    let sql = "SELECT sha256 || record FROM decision UNION ALL SELECT state FROM delivery";
    let mut query = ledger.prepare(sql).unwrap();
    let rows = query.query_map([], |r| r.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Asserts that a sync which could not write its cache says so.
#[track_caller]
fn says_where(ran: &Ran, folder: &str) {
    assert_eq!(ran.code, 6, "{ran:#?}");
    let file = format!("error: cannot write {folder}/cache.db: the disk is full");
    for words in [file.as_str(), "check free space", "PROOFLINE_CACHE_DIR"] {
        assert!(ran.err.contains(words), "no “{words}”: {ran:#?}");
    }
    assert!(!ran.err.contains("panicked"), "{ran:#?}");
}

// [verifies PL-SYN-1]
#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_cannot_grow_is_said_and_goes_on_once_it_can() {
    let scene = Scene::new().await;
    let folder = scene.home.folder.path();
    let cache = folder.join("cache").display().to_string();
    // While the file is made, and then all the way to the end.
    let whole = scene.largest;
    let limits = [
        512,
        4096,
        48 << 10,
        whole / 25,
        whole / 8,
        whole / 2,
        whole * 3 / 4,
    ];
    let mut phases = BTreeSet::new();
    for bytes in limits {
        let ran = scene.sync_below(bytes);
        says_where(&ran, &cache);
        phases.insert(phase(folder));
        // What is there can be read, and nothing was thrown away as damaged.
        let shown = scene.home.run(&["list", "--offline", "--all"]).ended(0);
        assert!(!shown.err.contains("damaged"), "{shown:#?}");
        scene.home.settle();
        scene.recovers(folder, &format!("{bytes} bytes"));
        scene.again();
    }
    assert!(phases.contains(&Phase::Nothing), "{phases:?}");
    assert!(phases.contains(&Phase::Changes), "{phases:?}");
    assert!(phases.len() > 2, "{phases:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn git_that_cannot_write_is_said_and_its_halves_of_packs_are_removed() {
    let scene = Scene::new().await;
    let folder = scene.home.folder.path();
    let path = std::env::var("PATH").unwrap();
    let script = format!("trap '' XFSZ\nulimit -f 16\nPATH={path} exec git \"$@\"");
    let mut home = Home::new();
    home.environment.clone_from(&scene.home.environment);
    let ran = home.with_program("git", &script).run(&["sync"]).ended(0);
    let place = format!(
        "warning: contract file: git cannot write to {}",
        folder.join("cache/git").display()
    );
    for words in [
        place.as_str(),
        "File too large",
        "make room",
        "PROOFLINE_CACHE_DIR",
    ] {
        assert!(ran.err.contains(words), "no “{words}”: {ran:#?}");
    }
    // The change says what it lacks, and the rest of it is there.
    let number = scene.forge.truth().story().unwrap().number.to_string();
    let shown = scene.home.run(&["show", &number, "--offline", "--json"]);
    let json = shown.ended(0).json();
    for part in json["parts"].as_array().unwrap() {
        if part["part"] == "git objects" {
            assert_eq!(part["state"], "failed", "{part}");
            assert!(
                part["why"].as_str().unwrap().contains("make room"),
                "{part}"
            );
        } else {
            assert_eq!(part["state"], "complete", "{part}");
        }
    }
    let mut packs = vec![folder.join("cache/git")];
    while let Some(path) = packs.pop() {
        if path.is_dir() {
            packs.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else {
            let name = path.file_name().unwrap().to_string_lossy();
            assert!(!name.starts_with("tmp_"), "{}", path.display());
        }
    }
    scene.home.settle();
    scene.recovers(folder, "git");
}

/// A small disk of its own, mounted where nobody else sees it; then one with room.
const DISKS: &str = r#"
mount -t tmpfs -o size=$1 none "$2" || exit 77
cp -r "$3" "$2/data"
export PROOFLINE_CACHE_DIR="$2/cache" PROOFLINE_DATA_DIR="$2/data"
"$0" sync >&2
code=$?
mount -o remount,size=64m "$2" || exit 77
for n in 1 2 3; do "$0" sync || exit 78; done
cp -r "$2" "$4"
exit $code
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_space_is_said_and_goes_on_once_there_is_some() {
    let scene = Scene::new().await;
    let folder = scene.home.folder.path();
    for size in ["96k", "512k", "2m"] {
        let (disk, kept) = (folder.join("disk"), folder.join(size));
        fs::create_dir_all(&disk).unwrap();
        let places = [&disk, &folder.join("data"), &kept].map(|p| p.display().to_string());
        let mut command = Command::new("unshare");
        command.args([
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            DISKS,
            BINARY,
            size,
        ]);
        let ran = scene.home.ran(command.args(&places));
        if ran.code == 77 || ran.err.contains("unshare:") {
            println!("skipped: no disk can be mounted here: {}", ran.err);
            return;
        }
        says_where(&ran, &format!("{}/cache", places[0]));
        assert!(!ran.err.contains("damaged"), "{ran:#?}");
        scene.recovers(&kept, size);
        scene.forge.control().advance_clock(3600);
    }
}
