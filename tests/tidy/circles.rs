//! No two files of a module import each other, by whatever way: parents and their children aside.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::layers::rust_files;

/// Modules whose files are looked at.
const MODULES: [&str; 4] = ["cli", "query", "store", "sync"];

/// The files that a file of a module imports, by their names: what follows `super::`, groups included,
/// in a file that lies in the folder itself; and what follows the module's own path in any.
fn imports(text: &str, module: &str, is_direct: bool) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or(text);
    let mut found = BTreeSet::new();
    let own = format!("crate::{module}::");
    let fronts = [own.as_str(), "super::"];
    for front in &fronts[..if is_direct { 2 } else { 1 }] {
        for (at, _) in code.match_indices(front) {
            let line = code[..at].rsplit('\n').next().unwrap_or_default();
            if line.trim_start().starts_with("//") {
                continue;
            }
            let rest = &code[at + front.len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(heads(group)),
                None => found.extend(word(rest)),
            }
        }
    }
    found
}

fn word(text: &str) -> Option<String> {
    let word: String = text
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!word.is_empty()).then_some(word)
}

/// The first words of what stands in a group, up to its end.
fn heads(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.extend(word(&group[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

/// One way from a file back to itself.
fn circle(of: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk(
        at: &str,
        of: &BTreeMap<String, BTreeSet<String>>,
        path: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(first) = path.iter().position(|p| p == at) {
            let mut found = path[first..].to_vec();
            found.push(at.to_owned());
            return Some(found);
        }
        if done.contains(at) {
            return None;
        }
        path.push(at.to_owned());
        for next in of.get(at).into_iter().flatten() {
            if let Some(found) = walk(next, of, path, done) {
                return Some(found);
            }
        }
        path.pop();
        done.insert(at.to_owned());
        None
    }
    let mut done = BTreeSet::new();
    let mut names = of.keys();
    names.find_map(|name| walk(name, of, &mut Vec::new(), &mut done))
}

/// What each file of a module imports of the others. A folder counts with the file of its name.
fn graph(folder: &Path, module: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in rust_files(folder) {
        let relative = file.strip_prefix(folder).unwrap();
        let name = relative.components().next().unwrap().as_os_str();
        let name = name.to_str().unwrap().trim_end_matches(".rs").to_owned();
        if name == "mod" {
            continue;
        }
        let is_direct = relative.components().count() == 1;
        let text = fs::read_to_string(&file).unwrap();
        let found = imports(&text, module, is_direct);
        all.entry(name).or_default().extend(found);
    }
    let names: BTreeSet<String> = all.keys().cloned().collect();
    for (name, found) in &mut all {
        found.retain(|f| names.contains(f) && f != name);
    }
    all
}

#[test]
fn no_files_of_a_module_import_each_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for module in MODULES {
        let all = graph(&src.join(module), module);
        assert!(all.len() > 2, "{module}");
        let found = circle(&all).map(|names| names.join(" → "));
        assert_eq!(found, None, "in {module}");
    }
}

#[test]
fn a_planted_circle_is_found() {
    let text = "use super::{a::{X, Y}, b};\n// super::c::\nfn f() { crate::m::d::g(); }\n#[cfg(test)]\nuse super::e;\n";
    let names = |found: BTreeSet<String>| found.into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(names(imports(text, "m", true)), "a b d");
    assert_eq!(names(imports(text, "m", false)), "d");
    let of = |edges: &[(&str, &str)]| {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in edges {
            all.entry((*from).to_owned())
                .or_default()
                .insert((*to).to_owned());
        }
        circle(&all).map(|names| names.join(" "))
    };
    assert_eq!(of(&[("a", "b"), ("b", "c"), ("a", "c")]), None);
    let round = of(&[("a", "b"), ("b", "c"), ("c", "b")]);
    assert_eq!(round.as_deref(), Some("b c b"));
}
