//! Looking for a token in whatever form it may stand somewhere.

use std::{
    fmt::Write as _,
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use flate2::read::ZlibDecoder;
use rusqlite::types::Value;

/// A token whose characters change in every form of writing it down.
pub const TOKEN: &str = "ghp_M+ra/7&q=%:~x?\u{23}Zz0";

/// The forms of a token, each with its name.
pub struct Forms(Vec<(String, Vec<u8>)>);

fn escaped(token: &str, plain: &str, escape: impl Fn(u8) -> String) -> String {
    let one = |b: u8| match char::from(b) {
        c if c.is_ascii_alphanumeric() || plain.contains(c) => c.to_string(),
        _ => escape(b),
    };
    token.bytes().map(one).collect()
}

impl Forms {
    pub fn of(token: &str) -> Self {
        let hex = token.bytes().fold(String::new(), |mut hex, b| {
            let _ = write!(hex, "{b:02x}");
            hex
        });
        let mut forms: Vec<(String, Vec<u8>)> = Vec::new();
        let mut add = |name: &str, form: String| forms.push((name.to_owned(), form.into_bytes()));
        add("plain", token.to_owned());
        // In an address, in a form, and with everything escaped, in letters of both sizes.
        for (name, plain) in [("address", "-._~"), ("form", "-._*"), ("escaped", "")] {
            add(name, escaped(token, plain, |b| format!("%{b:02X}")));
            add(name, escaped(token, plain, |b| format!("%{b:02x}")));
        }
        add(
            "path",
            escaped(token, "-._~!$&'()*+,;=:@", |b| format!("%{b:02X}")),
        );
        add("hex", hex.to_uppercase());
        add("hex", hex);
        add("debug", format!("{token:?}").trim_matches('"').to_owned());
        add("html", token.replace('&', "&amp;"));
        // Both ends of base64 depend on what stands beside the token, at each of three alignments.
        for front in ["x-access-token:", "", "a", "ab"] {
            for engine in [&STANDARD, &URL_SAFE] {
                let packed = engine.encode(format!("{front}{token}"));
                add("base64", packed[8..packed.len() - 4].to_owned());
            }
        }
        Self(forms)
    }

    /// Names the form in which the token stands there, if it does.
    pub fn found(&self, bytes: &[u8]) -> Option<&str> {
        let holds = |form: &[u8]| bytes.windows(form.len()).any(|window| window == form);
        let found = self.0.iter().find(|(_, form)| holds(form));
        found.map(|(name, _)| name.as_str())
    }

    /// Asserts that the token stands nowhere there.
    #[track_caller]
    pub fn assert_not_in(&self, what: &str, bytes: &[u8]) {
        if let Some(form) = self.found(bytes) {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(2_000)]);
            panic!("{what} holds the token ({form}): {shown}");
        }
    }

    /// Asserts it of every file below a folder, of what git packed there, and of what the cache
    /// packed. Returns the files.
    #[track_caller]
    pub fn assert_not_below(&self, folder: &Path) -> Vec<PathBuf> {
        let files = files(folder);
        for file in &files {
            self.assert_not_in(&file.display().to_string(), &std::fs::read(file).unwrap());
        }
        // Only now, since whoever opens the cache last removes the files beside it.
        for file in &files {
            let name = file.file_name().unwrap();
            if name == "cache.db" {
                self.assert_not_in("the cache, unpacked", &unpacked(file));
            } else if name == "HEAD" {
                self.assert_not_in("git", &objects(file.parent().unwrap()));
            }
        }
        files
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// What stands in the columns of a cache, unpacked where it is packed.
fn unpacked(file: &Path) -> Vec<u8> {
    let cache = rusqlite::Connection::open(file).unwrap();
    let names = |sql: &str| -> Vec<String> {
        let mut query = cache.prepare(sql).unwrap();
        let rows = query.query_map([], |r| r.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let (mut all, mut packed) = (Vec::new(), 0);
    for table in
        names("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    {
        let mut query = cache.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let width = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..width {
                match row.get::<_, Value>(column).unwrap() {
                    Value::Text(text) => all.extend(text.into_bytes()),
                    Value::Blob(bytes) => {
                        packed += usize::from(
                            ZlibDecoder::new(bytes.as_slice())
                                .read_to_end(&mut all)
                                .is_ok(),
                        );
                    }
                    _ => {}
                }
                all.push(b'\n');
            }
        }
    }
    assert!(packed > 10, "only {packed} columns could be unpacked");
    all
}

/// Every object of a repository, and what its references and settings are.
fn objects(git_dir: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for arguments in [
        &["cat-file", "--batch-all-objects", "--batch"][..],
        &["for-each-ref"],
        &["config", "--list"],
    ] {
        let output = Command::new("git")
            .env("GIT_DIR", git_dir)
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        all.extend(output.stdout);
    }
    all
}

#[test]
fn each_form_of_a_token_is_found() {
    let forms = Forms::of(TOKEN);
    for text in [
        TOKEN,
        "?t=ghp_M%2Bra%2F7%26q%3D%25%3A~x%3F%23Zz0",
        "?t=ghp_M%2bra%2f7%26q%3d%25%3a~x%3f%23Zz0",
        "t=ghp_M%2Bra%2F7%26q%3D%25%3A%7Ex%3F%23Zz0",
        "<b>ghp_M+ra/7&amp;q=%:~x?#Zz0</b>",
        "6768705F4D2B72612F3726713D253A7E783F235A7A30",
    ] {
        assert!(forms.found(text.as_bytes()).is_some(), "{text}");
    }
    for front in ["", "a", "ab", "x-access-token:"] {
        let packed = STANDARD.encode(format!("{front}{TOKEN}, and more"));
        assert!(forms.found(packed.as_bytes()).is_some(), "{packed}");
    }
    assert_eq!(forms.found(b"ghp_M"), None);
}
