//! Archives: any bytes, and archives that are written here, whose files must all come out or be told of.
#![no_main]

use std::io::{Cursor, Write as _};

use libfuzzer_sys::fuzz_target;
use proofline::formats::archive::{self, Limits, Wanted};
use zip::{CompressionMethod, write::SimpleFileOptions};

const LIMITS: Limits = Limits {
    entries: 64,
    entry_bytes: 1 << 16,
    total_bytes: 1 << 18,
    ratio: 50,
    free_bytes: 1 << 17,
    depth: 2,
};

fn read(bytes: &[u8]) -> (usize, usize) {
    let wanted = Wanted {
        by_name: &|name| name.contains(".xml"),
        by_head: &|_, head| head.starts_with(b"<"),
    };
    let (entries, problems) = archive::unzip("zip", bytes, LIMITS, wanted);
    let all: usize = entries.iter().map(|e| e.bytes.len()).sum();
    assert!(all as u64 <= LIMITS.total_bytes, "{all} bytes");
    assert!(problems.len() <= 60, "{} problems", problems.len());
    for entry in &entries {
        assert!(entry.bytes.len() as u64 <= LIMITS.entry_bytes);
        let outside = |part: &str| part == "..";
        assert!(!entry.name.split(['/', '\\']).any(outside), "{}", entry.name);
    }
    (entries.len(), problems.len())
}

/// Writes an archive: each file takes a byte for its name, one for how it is packed, one for its length.
fn written(mut data: &[u8], depth: usize) -> (Vec<u8>, usize) {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut wanted = 0;
    let mut number = 0;
    while let [name, how, length, rest @ ..] = data {
        let end = usize::from(*length).min(rest.len());
        let (content, after) = rest.split_at(end);
        data = after;
        number += 1;
        let method = if how % 2 == 0 {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        let options = SimpleFileOptions::default().compression_method(method);
        let name = match name % 6 {
            0 => format!("a{number}.xml"),
            1 => format!("d/e/b{number}.xml"),
            2 => format!("{number}.bin"),
            3 => format!("../{number}.xml"),
            4 => format!("ä{number}.XML"),
            _ => format!("{number}.zip"),
        };
        let (content, inside) = if name.ends_with(".zip") && depth > 0 {
            written(content, depth - 1)
        } else {
            (content.to_vec(), usize::from(name.contains(".xml")))
        };
        let is_wanted = inside > 0 || content.starts_with(b"<");
        if zip.start_file(name, options).is_ok() && zip.write_all(&content).is_ok() {
            wanted += if inside > 0 { inside } else { usize::from(is_wanted) };
        }
        if number == 20 {
            break;
        }
    }
    let bytes = zip.finish().map(Cursor::into_inner).unwrap_or_default();
    (bytes, wanted)
}

fuzz_target!(|data: &[u8]| {
    match data {
        [0, rest @ ..] => {
            let (bytes, wanted) = written(rest, 2);
            let (entries, problems) = read(&bytes);
            // What lies beyond the limits may be told in one problem.
            assert!(problems > 0 || entries >= wanted, "{entries} of {wanted}");
        }
        data => {
            read(data);
        }
    }
});
