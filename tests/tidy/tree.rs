//! Forgotten test files, the top level, the lock file, the README's key table.

use std::{fs, path::Path};

use proofline::{
    app::help,
    keys::{Keymap, Scope},
};

use super::layers::rust_files;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn no_test_file_is_forgotten() {
    let tests = root().join("tests");
    for file in rust_files(&tests) {
        let relative = file.strip_prefix(&tests).unwrap();
        if relative == Path::new("runner.rs") {
            continue;
        }
        let folder = file.parent().unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap();
        // `mod.rs` is listed by the level above; anything else by the `mod.rs` beside it, or by a
        // module file of its folder's name.
        let (list, name) = if name == "mod" {
            let parent = folder.parent().unwrap();
            let list = if parent == tests {
                tests.join("runner.rs")
            } else {
                parent.join("mod.rs")
            };
            (
                list,
                folder.file_name().unwrap().to_str().unwrap().to_owned(),
            )
        } else if folder == tests {
            (tests.join("runner.rs"), name.to_owned())
        } else {
            (folder.join("mod.rs"), name.to_owned())
        };
        let list_text = fs::read_to_string(&list).unwrap_or_default();
        let listed = list_text.lines().any(|l| {
            let l = l.trim().trim_start_matches("pub ");
            l == format!("mod {name};")
        });
        assert!(
            listed,
            "{} is not listed in {}",
            relative.display(),
            list.display()
        );
    }
}

#[test]
fn the_top_level_holds_what_the_design_names() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "themes",
        "keymaps",
        "tests",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        ".gitignore",
        ".ci",
        "benches",
        "fuzz",
        "deny.toml",
        "clippy.toml",
        ".git",
        "target",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            allowed.contains(&name.as_str()),
            "{name} does not belong at the top level"
        );
    }
}

#[test]
fn the_lock_file_stays_lean() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let count = lock.matches("[[package]]").count();
    assert!(count <= 650, "{count} packages");
}

#[test]
fn the_readme_lists_the_keys_as_they_are() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (keymap, _) = Keymap::shipped("vim").unwrap();
    for (scope, keys, what) in help::table(&keymap) {
        // Moves and form keys are said in one sentence there.
        if matches!(scope, Scope::Decide)
            || what.contains("row")
            || what.contains("page")
            || what.contains("only ")
        {
            continue;
        }
        let first = keys.split("  ").next().unwrap();
        assert!(
            readme.contains(&format!("`{first}`")),
            "the README does not name `{first}` ({what})"
        );
    }
}
