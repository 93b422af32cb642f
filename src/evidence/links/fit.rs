//! Whether a result is that of a test in a source. Each runner names tests in its own way; which one it
//! is, the language of the source tells. Names are compared whole: one that only begins like another is
//! another test.

use crate::{formats::lexer::Language, model::TestFn};

/// How a result names its test.
#[derive(Clone, Copy, Debug, Default)]
pub struct Named<'a> {
    pub class: &'a str,
    pub name: &'a str,
    pub suite: &'a str,
    pub file: Option<&'a str>,
}

/// Of all that a result says of where its test stands, nothing speaks against it.
pub const SURE: u8 = 3;

/// How well a result fits a test: 0 not at all, 1 by name, 2 by name and folder or group, 3 by all that it
/// says of where the test stands.
pub fn fit(named: &Named<'_>, test: &TestFn) -> u8 {
    if named.file.is_some_and(|f| !is_one_file(f, &test.file)) {
        return 0;
    }
    let own = match Language::of(&test.file) {
        Some(Language::Rust) => rust(named, test),
        Some(Language::Python) => python(named, test),
        Some(Language::Go) => go(named, test),
        Some(Language::JavaScript | Language::TypeScript) => script(named, test),
        Some(Language::Java | Language::Kotlin) => java(named, test),
        _ => other(named, test),
    };
    if own > 0 && named.file.is_some() {
        3
    } else {
        own
    }
}

/// Tells quickly whether a result can be that of a test: most are of others.
pub fn may_fit(named: &Named<'_>, test: &TestFn) -> bool {
    // Runners may write other signs between words.
    let word = test.name.split_whitespace().next().unwrap_or("");
    test.pattern || named.name.contains(word) || named.class.contains(word)
}

fn segments(path: &str) -> Vec<&str> {
    let parts = path.split(['/', '\\']);
    parts.filter(|p| !p.is_empty() && *p != ".").collect()
}

/// Tells whether two paths may be of one file: the shorter is the end of the longer.
fn is_one_file(a: &str, b: &str) -> bool {
    ends_alike(&segments(a), &segments(b))
}

/// Tells whether the shorter of two lists is the end of the longer.
fn ends_alike(a: &[&str], b: &[&str]) -> bool {
    let count = a.len().min(b.len());
    a.ends_with(&b[b.len() - count..])
}

/// The folders of a file, and its name without ending.
fn place(file: &str) -> (Vec<&str>, &str) {
    let mut folders = segments(file);
    let name = folders.pop().unwrap_or("");
    (folders, name.split('.').next().unwrap_or(name))
}

/// A name without what stands in brackets at its end: `test_a[1]`, `pays(int)`.
fn bare(name: &str) -> &str {
    name.split(['[', '(']).next().unwrap_or(name).trim_end()
}

/// How well the parts before a name fit a file.
fn by_file(front: &[&str], file: &str) -> u8 {
    let (folders, stem) = place(file);
    if front.contains(&stem) {
        3
    } else if folders.iter().any(|f| front.contains(f)) {
        2
    } else {
        1
    }
}

/// `crate::module::name`, and behind it the case of a table (`case_1` of rstest, words of `test_case`).
fn rust(named: &Named<'_>, test: &TestFn) -> u8 {
    let all = named.class.split("::").chain(named.name.split("::"));
    let all: Vec<&str> = all.filter(|s| !s.is_empty()).collect();
    let own: Vec<&str> = test.path().collect();
    let of = |all: &[&str]| {
        all.ends_with(&own)
            .then(|| by_file(&all[..all.len() - own.len()], &test.file))
    };
    let whole = of(&all);
    let case = || {
        let (_, front) = all.split_last()?;
        // A word that is no module: without it the function is named.
        of(front).map(|grade| grade.min(2))
    };
    whole.or_else(case).unwrap_or(0)
}

/// `tests.test_cart.TestRefund` and `test_refund[1]`; with file paths for modules in some reporters.
fn python(named: &Named<'_>, test: &TestFn) -> u8 {
    let text = format!("{}::{}", named.class, bare(named.name)).replace(".py", "");
    let parts = text.split(['/', '.', ':']);
    let all: Vec<&str> = parts.map(bare).filter(|p| !p.is_empty()).collect();
    let own: Vec<&str> = test.path().collect();
    if !all.ends_with(&own) {
        return 0;
    }
    let front = &all[..all.len() - own.len()];
    let (mut module, stem) = place(&test.file);
    module.push(stem);
    match front {
        [] => 1,
        front if ends_alike(front, &module) => 3,
        // The name of a suite, not of a module.
        [one] if !one.starts_with("test") => 1,
        _ => 0,
    }
}

/// The import path, and `TestX/sub_case`.
fn go(named: &Named<'_>, test: &TestFn) -> u8 {
    let parts: Vec<&str> = named.name.split('/').collect();
    let own: Vec<String> = test.path().map(|p| p.replace(' ', "_")).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let is_method = own.first().is_some_and(|first| !is_go_test(first));
    let fits = if is_method {
        // The function that runs the suite stands before it, its type does not.
        parts
            .get(1..)
            .is_some_and(|rest| rest.starts_with(&own[1..]))
    } else {
        parts.starts_with(&own)
    };
    if !fits {
        return 0;
    }
    let (folders, package) = (place(&test.file).0, segments(named.class));
    match (folders.last(), package.last()) {
        (Some(folder), Some(last)) if folder == last => 3,
        (Some(_), Some(_)) => 0,
        _ => 1,
    }
}

fn is_go_test(name: &str) -> bool {
    ["Test", "Fuzz", "Example", "Benchmark"]
        .iter()
        .any(|p| name.starts_with(p))
}

/// What runners put between the titles of a test and those around it.
const BETWEEN: [&str; 8] = [" > ", " › ", " » ", " / ", "::", ": ", ". ", " "];

/// Titles: alone, or behind those of the suites around it, which stand in the class too.
fn script(named: &Named<'_>, test: &TestFn) -> u8 {
    let is_path = |text: &str| {
        let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
        !text.contains(' ')
            && Language::of(name)
                .is_some_and(|l| matches!(l, Language::JavaScript | Language::TypeScript))
    };
    let paths = [named.class, named.suite].into_iter();
    let mut paths = paths.flat_map(|t| t.split(" › ")).filter(|t| is_path(t));
    let told = paths.clone().count() > 0;
    if !paths.all(|p| is_one_file(p, &test.file)) {
        return 0;
    }
    let within: Vec<&str> = test.within.iter().map(String::as_str).collect();
    let mut best = 0;
    for between in BETWEEN {
        for from in 0..=within.len() {
            let mut titles: Vec<&str> = within[from..].to_vec();
            titles.push(&test.name);
            let whole = titles.join(between);
            let is_pattern = test.pattern || whole.contains("${}");
            // What a reporter puts before all titles: the project, the file.
            let behind = from == 0 && between.trim().len() > 1;
            let fits = matches(&whole, named.name, is_pattern)
                || behind && named.name.ends_with(&format!("{between}{whole}"));
            if !fits {
                continue;
            }
            let group = within[..from].join(between);
            let grade = match () {
                () if from == 0 && told => 3,
                () if from == 0 => 2,
                // The titles that are not in the name stand in the class or suite.
                () if [named.class, named.suite]
                    .iter()
                    .any(|c| c.ends_with(&group)) =>
                {
                    3
                }
                () => 1,
            };
            best = best.max(grade);
        }
    }
    best
}

/// Tells whether a title is a name; of a pattern, whether its fixed parts are in it, in order and at its
/// ends.
fn matches(title: &str, name: &str, is_pattern: bool) -> bool {
    if !is_pattern {
        return title == name;
    }
    let pieces = fixed_parts(title);
    let [first, middle @ .., last] = pieces.as_slice() else {
        return title == name;
    };
    // A title of nothing but places may be any.
    if pieces.iter().all(|p| p.trim().is_empty()) {
        return false;
    }
    let Some(mut rest) = name.strip_prefix(first.as_str()) else {
        return false;
    };
    for piece in middle {
        let Some((_, behind)) = rest.split_once(piece.as_str()) else {
            return false;
        };
        rest = behind;
    }
    rest.ends_with(last.as_str())
}

/// The parts of a title between its places for values: `%s`, `$name`, `${}`.
fn fixed_parts(title: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = title.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match (c, next) {
            ('%', Some('%')) => {
                chars.next();
                push(&mut parts, '%');
            }
            ('%', Some(kind)) if "sdifjoOp#$".contains(kind) => {
                chars.next();
                parts.push(String::new());
            }
            ('$', Some('{')) => {
                while chars.next().is_some_and(|c| c != '}') {}
                parts.push(String::new());
            }
            ('$', Some(first)) if first.is_alphabetic() || matches!(first, '#' | '_') => {
                let is_part = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '.' | '#');
                while chars.next_if(is_part).is_some() {}
                parts.push(String::new());
            }
            _ => push(&mut parts, c),
        }
    }
    parts
}

fn push(parts: &mut [String], c: char) {
    if let Some(last) = parts.last_mut() {
        last.push(c);
    }
}

/// The class by its whole name, and `pays()`, `pays(int)[1]`.
fn java(named: &Named<'_>, test: &TestFn) -> u8 {
    if bare(named.name) != test.name {
        return 0;
    }
    let class: Vec<&str> = named.class.split(['.', '$']).collect();
    let (folders, stem) = place(&test.file);
    let mut own: Vec<&str> = test.within.iter().map(String::as_str).collect();
    if own.is_empty() {
        own.push(stem);
    }
    if !class.ends_with(&own) {
        return u8::from(named.class.is_empty());
    }
    let package = &class[..class.len() - own.len()];
    match package {
        [] => 2,
        package if folders.ends_with(package) => 3,
        // Kotlin lets the folders of a root package out.
        package if folders.last() == package.last() => 2,
        _ => 0,
    }
}

/// The name at the end of the whole name, from `::` on.
fn other(named: &Named<'_>, test: &TestFn) -> u8 {
    let key = crate::model::TestKey::join(named.class, named.name);
    let whole: Vec<&str> = test.path().collect();
    if !key.matches(&whole.join("::")) && bare(named.name) != test.name {
        return 0;
    }
    let front = key.name.split(['.', ':', '/', '\\']);
    let front: Vec<&str> = front.collect();
    by_file(&front, &test.file)
}

#[cfg(test)]
mod tests;
