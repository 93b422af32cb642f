//! Zip archives from the forge, opened in memory with limits. Nothing is ever written by its
//! name in the archive, so that no path can leave a folder.

use std::{
    collections::BTreeSet,
    io::{self, Cursor, Read},
};

use crate::model::Problem;

/// Bounds of one archive.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub entries: usize,
    /// Bytes of one entry, unpacked.
    pub entry_bytes: u64,
    /// Bytes of all entries together, unpacked.
    pub total_bytes: u64,
    /// Unpacked bytes for each packed byte of the whole archive, from [`Limits::free_bytes`] on.
    pub ratio: u64,
    /// Bytes that may be unpacked however well they are packed: reports repeat themselves.
    pub free_bytes: u64,
    /// Archives within archives.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 100_000,
            entry_bytes: 64 << 20,
            total_bytes: 256 << 20,
            ratio: 200,
            free_bytes: 64 << 20,
            depth: 3,
        }
    }
}

/// A file taken from an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Problems of one archive that are kept; the others are counted.
const MAX_PROBLEMS: usize = 50;

/// Bytes of an entry that tell what it is.
const HEAD: u64 = 4096;

/// What to take out of an archive.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Tells it by the name of an entry.
    pub by_name: &'a dyn Fn(&str) -> bool,
    /// Tells it by the name and how the entry begins.
    pub by_head: &'a dyn Fn(&str, &[u8]) -> bool,
}

/// Reads the entries of a zip that are wanted, those of archives in it too. `place` names the archive in
/// problems: each is of something that may have been wanted, and was not read.
pub fn unzip(
    place: &str,
    bytes: &[u8],
    limits: Limits,
    wanted: Wanted<'_>,
) -> (Vec<Entry>, Vec<Problem>) {
    let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let by_ratio = packed.saturating_mul(limits.ratio).max(limits.free_bytes);
    let mut reader = Unpacker {
        limits: Limits {
            total_bytes: limits.total_bytes.min(by_ratio),
            ..limits
        },
        wanted,
        total: 0,
        count: 0,
        entries: Vec::new(),
        names: BTreeSet::new(),
        problems: Vec::new(),
        unsaid: 0,
    };
    reader.archive(place, "", bytes, limits.depth);
    if reader.unsaid > 0 {
        let what = format!("{} more entries were not read", reader.unsaid);
        reader.problems.push(Problem::warning(place, what));
    }
    (reader.entries, reader.problems)
}

struct Unpacker<'a> {
    limits: Limits,
    wanted: Wanted<'a>,
    /// Bytes that were unpacked.
    total: u64,
    count: usize,
    entries: Vec<Entry>,
    names: BTreeSet<String>,
    problems: Vec<Problem>,
    /// Problems beyond those that are kept.
    unsaid: usize,
}

/// Reads on, up to so many bytes.
fn more(from: &mut impl Read, up_to: u64, into: &mut Vec<u8>) -> io::Result<()> {
    from.take(up_to).read_to_end(into).map(|_| ())
}

/// Tells whether bytes begin like a zip archive.
fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

impl Unpacker<'_> {
    fn say(&mut self, place: impl Into<String>, what: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::warning(place, what));
        } else {
            self.unsaid += 1;
        }
    }

    fn archive(&mut self, place: &str, folder: &str, bytes: &[u8], depth: usize) {
        let mut zip = match zip::ZipArchive::new(Cursor::new(bytes)) {
            Ok(zip) => zip,
            Err(error) => {
                self.problems.push(
                    Problem::error(place, format!("is no readable zip archive ({error})"))
                        .hinted("the download may have been cut; sync this change again"),
                );
                return;
            }
        };
        let count = zip.len();
        let room = self.limits.entries.saturating_sub(self.count);
        if count > room {
            self.say(
                place,
                format!("holds {count} entries, only the first {room} are read"),
            );
        }
        self.count += count.min(room);
        for index in 0..count.min(room) {
            self.entry(place, folder, &mut zip, index, depth);
        }
    }

    fn entry(
        &mut self,
        place: &str,
        folder: &str,
        zip: &mut zip::ZipArchive<Cursor<&[u8]>>,
        index: usize,
        depth: usize,
    ) {
        let own_name = zip
            .name_for_index(index)
            .and_then(|n| n.ok().map(|n| n.to_string()));
        let mut file = match zip.by_index(index) {
            Ok(file) => file,
            Err(error) => {
                // One that is locked, or packed in a way that is not known.
                let name = own_name.unwrap_or_else(|| format!("entry {index}"));
                self.say(
                    format!("{place} / {name}"),
                    format!("cannot be unpacked ({error})"),
                );
                return;
            }
        };
        let name = match file.name() {
            Ok(name) => name.into_owned(),
            Err(error) => {
                let what = format!("entry {index} has an unreadable name ({error})");
                self.say(place, what);
                return;
            }
        };
        if file.is_dir() {
            return;
        }
        let at = format!("{place} / {name}");
        let mut content = Vec::new();
        let named = (self.wanted.by_name)(&name);
        let head = more(&mut file, HEAD, &mut content);
        let is_archive = is_zip(&content);
        if head.is_ok() && !named && !is_archive && !(self.wanted.by_head)(&name, &content) {
            return;
        }
        if file.enclosed_name().is_none() {
            self.say(at, "has a path that leaves the archive; not read");
            return;
        }
        let room = self.limits.total_bytes.saturating_sub(self.total);
        let room = room.min(self.limits.entry_bytes);
        // The header's size may lie: read no more than the room that is left, and one byte to tell.
        let left = (room + 1).saturating_sub(HEAD);
        let rest = head.and_then(|()| more(&mut file, left, &mut content));
        drop(file);
        match rest {
            Ok(()) if content.len() as u64 > room => {
                self.say(at, "unpacks to more than the limit; not read");
            }
            Ok(()) if is_archive && !named => {
                self.total += content.len() as u64;
                if depth == 0 {
                    self.say(at, "is an archive in too many others; not read");
                } else {
                    let folder = format!("{folder}{name}/");
                    self.archive(&at, &folder, &content, depth - 1);
                }
            }
            Ok(()) => {
                self.total += content.len() as u64;
                self.keep(&format!("{folder}{name}"), content);
            }
            Err(error) => self.say(at, format!("is broken ({error})")),
        }
    }

    /// Keeps an entry; an archive may hold several of one name.
    fn keep(&mut self, name: &str, bytes: Vec<u8>) {
        let mut own = name.to_owned();
        let mut number = 1;
        while !self.names.insert(own.clone()) {
            number += 1;
            own = format!("{name} #{number}");
        }
        self.entries.push(Entry { name: own, bytes });
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// Takes out what is called `.xml` or begins like it.
    fn read(bytes: &[u8], limits: Limits) -> (Vec<Entry>, Vec<Problem>) {
        let wanted = Wanted {
            by_name: &|name| name.contains(".xml"),
            by_head: &|_, head| head.starts_with(b"<testsuite"),
        };
        unzip("zip", bytes, limits, wanted)
    }

    #[test]
    fn what_is_wanted_is_taken_out_wherever_it_stands() {
        let report = b"<testsuite/>";
        let repetitive = [
            &b"<testsuite><!--"[..],
            &vec![b'-'; 4 << 20],
            b"--></testsuite>",
        ]
        .concat();
        let inner = zipped(&[("b/c.xml", report), ("d.bin", b"\0")]);
        let deep = zipped(&[("in.zip", &inner)]);
        for (files, names, problems, why) in [
            (
                vec![("a.xml", &report[..])],
                vec!["a.xml"],
                0,
                "by its name",
            ),
            (
                vec![("a.txt", &report[..])],
                vec!["a.txt"],
                0,
                "by how it begins",
            ),
            (vec![("a.txt", &b"text"[..])], vec![], 0, "no report"),
            (
                vec![("../e.xml", &report[..])],
                vec![],
                1,
                "a path that leaves",
            ),
            (
                vec![("../e.png", &b"png"[..])],
                vec![],
                0,
                "nothing that is wanted",
            ),
            (
                vec![("r.xml", &repetitive[..])],
                vec!["r.xml"],
                0,
                "packs well",
            ),
            (
                vec![("x.zip", &inner[..])],
                vec!["x.zip/b/c.xml"],
                0,
                "in an archive",
            ),
            (
                vec![("y.zip", &deep[..])],
                vec!["y.zip/in.zip/b/c.xml"],
                0,
                "in an archive in an archive",
            ),
            (
                vec![("z.zip", &b"PK\x03\x04cut"[..])],
                vec![],
                1,
                "a cut archive in it",
            ),
        ] {
            let (entries, said) = read(&zipped(&files), Limits::default());
            let found: Vec<&str> = entries.iter().map(|e| e.name.as_str()).collect();
            assert_eq!(found, names, "{why}");
            assert_eq!(said.len(), problems, "{why}: {said:?}");
        }
    }

    #[test]
    fn limits_are_said() {
        let bomb = vec![b' '; 4 << 20];
        let small = Limits {
            entry_bytes: 1 << 20,
            ..Limits::default()
        };
        let few = Limits {
            entries: 1,
            ..Limits::default()
        };
        let flat = Limits {
            depth: 0,
            ..Limits::default()
        };
        let packs_well = Limits {
            free_bytes: 1 << 20,
            ..Limits::default()
        };
        let inner = zipped(&[("c.xml", b"<a/>")]);
        for (files, limits, kept, why) in [
            (
                vec![("bomb.xml", &bomb[..]), ("a.xml", b"<a/>")],
                small,
                1,
                "a large entry",
            ),
            (
                vec![("bomb.xml", &bomb[..]), ("a.xml", b"<a/>")],
                packs_well,
                1,
                "more than the archive's size lets expect",
            ),
            (
                vec![("a.xml", &b"<a/>"[..]), ("b.xml", b"<a/>")],
                few,
                1,
                "many entries",
            ),
            (vec![("x.zip", &inner[..])], flat, 0, "archives in archives"),
        ] {
            let (entries, problems) = read(&zipped(&files), limits);
            assert_eq!(
                (entries.len(), problems.len()),
                (kept, 1),
                "{why}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_cut_archive_is_a_problem_not_a_panic() {
        let bytes = zipped(&[("a.xml", b"<a/>")]);
        let (entries, problems) = read(&bytes[..bytes.len() / 2], Limits::default());
        assert!(entries.is_empty());
        assert_eq!(problems.len(), 1);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes, Limits::default());
        }
    }
}
