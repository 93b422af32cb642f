//! What the fuzz targets share: how bytes become paths, pairs of texts and differences, and what is
//! asserted of test results wherever they were read.
//!
//! `fuzz/run.sh SECONDS [TARGET…]` runs the targets one after another, each with its seeds and words.

use proofline::model::{
    DiffLine, FileChange, FilePatch, FileStatus, Hunk, LineKind, Problem, TestContent,
};

/// Takes the first byte for a number, and returns what it chooses with the rest.
pub fn choose<'a, T>(from: &'a [T], data: &'a [u8]) -> Option<(&'a T, &'a [u8])> {
    let (first, rest) = data.split_first()?;
    Some((from.get(usize::from(*first) % from.len())?, rest))
}

/// Two texts that stand on both sides of the first zero byte; one alone stands for both.
pub fn pair(data: &[u8]) -> (String, String) {
    let mut sides = data.splitn(2, |b| *b == 0);
    let old = String::from_utf8_lossy(sides.next().unwrap_or_default()).into_owned();
    let new = sides.next().map(|b| String::from_utf8_lossy(b).into_owned());
    (old.clone(), new.unwrap_or(old))
}

/// The difference between two texts, line for line.
pub fn change(path: &str, old: &str, new: &str) -> FileChange {
    let mut lines = Vec::new();
    let mut number = |kind: LineKind, text: &str, n: usize| {
        let at = u32::try_from(n + 1).ok();
        let (old_no, new_no) = if kind == LineKind::Removed {
            (at, None)
        } else {
            (None, at)
        };
        lines.push(DiffLine {
            kind,
            text: text.to_owned(),
            old_no,
            new_no,
        });
    };
    for (n, text) in old.lines().enumerate() {
        number(LineKind::Removed, text, n);
    }
    for (n, text) in new.lines().enumerate() {
        number(LineKind::Added, text, n);
    }
    FileChange {
        patch: FilePatch {
            path: path.to_owned(),
            old_path: None,
            status: FileStatus::Modified,
            binary: false,
            additions: 0,
            deletions: 0,
            hunks: vec![Hunk {
                header: "@@ -1 +1 @@".to_owned(),
                lines,
            }],
            absent: false,
        },
        old: Some(old.to_owned()),
        new: Some(new.to_owned()),
    }
}

/// What holds of results whatever they were read from: nothing that failed is lost between the cases and
/// the counts, and what is kept does not outgrow what was read.
pub fn holds(content: &TestContent, problems: &[Problem], read: usize) {
    let failed = content.cases.iter().filter(|c| c.outcome.failed()).count() as u64;
    let counted = content.counted.failures + content.counted.errors;
    assert!(failed <= counted, "{failed} cases failed, {counted} are counted");
    assert!(
        counted == 0 || failed > 0 || content.unread > 0,
        "{counted} failures are counted and none is shown"
    );
    // Names of suites stand with each case, and are shared.
    let own: usize = content
        .cases
        .iter()
        .map(|c| {
            let retries = c.retries.iter().map(|r| r.message.len()).sum::<usize>();
            let properties = c.properties.iter().map(|(k, v)| k.len() + v.len());
            c.name.len() + c.message.len() + c.text.len() + retries + properties.sum::<usize>()
        })
        .sum();
    let said: usize = problems.iter().map(|p| p.place.len() + p.what.len()).sum();
    let most = read * 8 + 4096 + content.cases.len() * 64;
    assert!(own <= most, "{own} bytes of {read}");
    assert!(said <= read * 64 + 4096, "{said} bytes of problems of {read}");
}
