//! Zip archives from the forge, opened in memory with limits. Nothing is ever written by its
//! name in the archive, so that no path can leave a folder.

use std::io::{Cursor, Read as _};

use crate::model::Problem;

/// Bounds of one archive.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub entries: usize,
    /// Bytes of one entry, unpacked.
    pub entry_bytes: u64,
    /// Bytes of all entries together, unpacked.
    pub total_bytes: u64,
    /// Unpacked bytes for each packed byte.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 2_000,
            entry_bytes: 64 << 20,
            total_bytes: 256 << 20,
            ratio: 200,
        }
    }
}

/// A file taken from an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Reads the entries of a zip whose names `wanted` accepts. `place` names the archive in problems.
pub fn unzip(
    place: &str,
    bytes: &[u8],
    limits: Limits,
    wanted: impl Fn(&str) -> bool,
) -> (Vec<Entry>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut zip = match zip::ZipArchive::new(Cursor::new(bytes)) {
        Ok(zip) => zip,
        Err(error) => {
            problems.push(
                Problem::error(place, format!("is no readable zip archive ({error})"))
                    .hinted("the download may have been cut; sync this change again"),
            );
            return (Vec::new(), problems);
        }
    };
    let mut entries = Vec::new();
    let mut total = 0_u64;
    if zip.len() > limits.entries {
        problems.push(Problem::warning(
            place,
            format!(
                "holds {} entries, only the first {} are read",
                zip.len(),
                limits.entries
            ),
        ));
    }
    for index in 0..zip.len().min(limits.entries) {
        let mut file = match zip.by_index(index) {
            Ok(file) => file,
            Err(error) => {
                problems.push(Problem::warning(
                    place,
                    format!("entry {index} is broken ({error})"),
                ));
                continue;
            }
        };
        let name = match file.name() {
            Ok(name) => name.into_owned(),
            Err(error) => {
                let what = format!("entry {index} has an unreadable name ({error})");
                problems.push(Problem::warning(place, what));
                continue;
            }
        };
        if file.is_dir() || !wanted(&name) {
            continue;
        }
        let at = format!("{place} / {name}");
        if file.enclosed_name().is_none() {
            problems.push(Problem::warning(
                at,
                "has a path that leaves the archive; not read",
            ));
            continue;
        }
        let packed = file.compressed_size().max(1);
        if file.size() > limits.entry_bytes || file.size() / packed > limits.ratio {
            problems.push(Problem::warning(
                at,
                format!(
                    "unpacks to {} bytes from {packed}; over the limit, not read",
                    file.size()
                ),
            ));
            continue;
        }
        let room = limits
            .entry_bytes
            .min(limits.total_bytes.saturating_sub(total));
        let mut content = Vec::new();
        // The header's size may lie: read no more than the room that is left, and one byte to tell.
        match file.by_ref().take(room + 1).read_to_end(&mut content) {
            Ok(read) if read as u64 > room => {
                problems.push(Problem::warning(
                    at,
                    "unpacks to more than the limit; not read",
                ));
            }
            Ok(read) => {
                total += read as u64;
                entries.push(Entry {
                    name,
                    bytes: content,
                });
            }
            Err(error) => problems.push(Problem::warning(at, format!("is broken ({error})"))),
        }
    }
    (entries, problems)
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

    #[test]
    fn one_bad_entry_does_not_hide_the_others() {
        let bomb = vec![0_u8; 4 << 20];
        let bytes = zipped(&[
            ("a.xml", b"<a/>"),
            ("../evil.xml", b"x"),
            ("bomb.xml", &bomb),
            ("b.txt", b"b"),
        ]);
        let (entries, problems) = unzip("zip", &bytes, Limits::default(), |n| n.ends_with("xml"));
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].name, "a.xml");
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn a_cut_archive_is_a_problem_not_a_panic() {
        let bytes = zipped(&[("a.xml", b"<a/>")]);
        let (entries, problems) =
            unzip("zip", &bytes[..bytes.len() / 2], Limits::default(), |_| {
                true
            });
        assert!(entries.is_empty());
        assert_eq!(problems.len(), 1);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = unzip("zip", &bytes, Limits::default(), |_| true);
        }
    }
}
