//! Failures that a log or annotations tell, without those that are told elsewhere. Names of runners, of
//! reporters and of result files differ in how they are joined; whatever else differs makes two tests, and
//! both are shown.

use std::collections::HashMap;

use crate::model::{TestCase, TestReport, Totals};

/// Leaves out what others tell, each of theirs for one of the report's. Nothing where nothing is left.
///
/// `explains` gets how many failures the report names and how many of them are left, and tells whether the
/// number of the others' failures also explains those that the report counts and does not name.
pub(super) fn untold(
    mut report: TestReport,
    known: &[&TestCase],
    explains: impl FnOnce(usize, usize) -> bool,
) -> Option<TestReport> {
    let mut open = Known::of(known);
    let named = report.cases.len();
    report.cases.retain(|case| !open.take(&Named::of(case)));
    let left = report.cases.len();
    let explained = if explains(named, left) {
        distinct(known).max(named - left)
    } else {
        named - left
    };
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let failures = report.declared.failures.saturating_sub(count(explained));
    report.counted = Totals {
        tests: count(left),
        failures: count(left),
        ..Totals::default()
    };
    report.declared = Totals {
        failures: failures.max(count(left)),
        ..report.counted
    };
    (report.declared.failures > 0 || report.unread > 0).then_some(report)
}

/// Most failures told elsewhere that are compared. Of more, some are shown twice.
const MAX_KNOWN: usize = 5_000;

/// A record with the parts of its names.
struct Named<'a> {
    case: &'a TestCase,
    class: Vec<&'a str>,
    name: Vec<&'a str>,
}

impl<'a> Named<'a> {
    fn of(case: &'a TestCase) -> Self {
        Self {
            case,
            class: parts(&case.class),
            name: parts(&case.name),
        }
    }
}

/// Records of failures by the last part of their names, which two of one test share.
struct Known<'a>(HashMap<&'a str, Vec<Named<'a>>>);

impl<'a> Known<'a> {
    fn of(cases: &[&'a TestCase]) -> Self {
        let mut known = Self(HashMap::new());
        for name in cases.iter().take(MAX_KNOWN).map(|case| Named::of(case)) {
            known.add(name);
        }
        known
    }

    fn add(&mut self, name: Named<'a>) {
        if let Some(last) = name.name.last() {
            self.0.entry(last).or_default().push(name);
        }
    }

    /// Takes out one that names the same test; tells whether there was one.
    fn take(&mut self, name: &Named<'_>) -> bool {
        let Some(alike) = name.name.last().and_then(|last| self.0.get_mut(*last)) else {
            return false;
        };
        let at = alike.iter().position(|told| is_same(told, name));
        at.map(|at| alike.swap_remove(at)).is_some()
    }

    fn has(&self, name: &Named<'_>) -> bool {
        let alike = name.name.last().and_then(|last| self.0.get(*last));
        alike.is_some_and(|all| all.iter().any(|told| is_same(told, name)))
    }
}

/// How many tests they are: two files may tell of one.
fn distinct(known: &[&TestCase]) -> usize {
    let mut tests = Known(HashMap::new());
    let mut count = 0;
    for name in known.iter().take(MAX_KNOWN).map(|case| Named::of(case)) {
        if !tests.has(&name) {
            count += 1;
            tests.add(name);
        }
    }
    count
}

/// The parts of a name, however they are joined. All other signs are the name's own: `[1]` and `[-1]` are
/// two.
fn parts(text: &str) -> Vec<&str> {
    let is_joint =
        |c: char| c.is_whitespace() || matches!(c, '.' | ':' | '/' | '\\' | '›' | '>' | '►');
    let parts = text.split(is_joint).map(|p| p.trim_end_matches("()"));
    parts.filter(|p| !p.is_empty()).collect()
}

/// Tells whether two paths may be of one file: the shorter is the end of the longer.
fn is_one_file(a: &str, b: &str) -> bool {
    let segments = |path: &str| -> Vec<String> {
        let parts = path.split(['/', '\\']);
        let parts = parts.filter(|p| !p.is_empty() && *p != ".");
        parts.map(str::to_owned).collect()
    };
    let (a, b) = (segments(a), segments(b));
    a.ends_with(&b) || b.ends_with(&a)
}

/// Tells whether two records name one test: by the same parts in all, or by the same name in classes of
/// which one is the end of the other.
fn is_same(told: &Named<'_>, other: &Named<'_>) -> bool {
    let (a, b) = (told.case, other.case);
    let is_one_leg = a.leg == b.leg || a.leg.is_empty() || b.leg.is_empty();
    let files = a.file.as_deref().zip(b.file.as_deref());
    if !is_one_leg || files.is_some_and(|(a, b)| !is_one_file(a, b)) {
        return false;
    }
    let ends_alike = told.class.ends_with(&other.class) || other.class.ends_with(&told.class);
    told.name == other.name && ends_alike
        || told
            .class
            .iter()
            .chain(&told.name)
            .eq(other.class.iter().chain(&other.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Outcome, ReportOrigin, samples::sha};

    fn failed(class: &str, name: &str) -> TestCase {
        TestCase::named(class, name, Outcome::Failed)
    }

    fn same(a: &TestCase, b: &TestCase) -> bool {
        Known::of(&[a]).has(&Named::of(b))
    }

    #[test]
    fn two_records_name_one_test() {
        for (told, other, want) in [
            (
                ("tests.test_a.TestB", "test_c[1]"),
                ("tests.test_a.TestB", "test_c[1]"),
                true,
            ),
            (
                ("payments::capture", "m::once"),
                ("capture", "m::once"),
                true,
            ),
            (
                ("cart when empty", "cannot"),
                ("", "cart when empty cannot"),
                true,
            ),
            (("a.spec.ts", "x › y"), ("tests/a.spec.ts", "x › y"), true),
            (("shop.CartTest", "pays()"), ("CartTest", "pays"), true),
            (
                ("tests.test_a", "test_c"),
                ("tests.test_b", "test_c"),
                false,
            ),
            (("cart", "pays"), ("cart", "pays twice"), false),
            (("cart", "pays"), ("cart", "never pays"), false),
            (("t", "test_p[1]"), ("t", "test_p[-1]"), false),
            (("t", "test_p[<]"), ("t", "test_p[>=]"), false),
            (("t", "TestA"), ("t", "testa"), false),
            (("t", "?!"), ("t", "!?"), false),
        ] {
            let (a, b) = (failed(told.0, told.1), failed(other.0, other.1));
            assert_eq!(same(&a, &b), want, "{told:?} {other:?}");
        }
        let at = |leg: &str, file: &str| TestCase {
            leg: leg.into(),
            file: Some(file.into()),
            ..failed("a", "b")
        };
        assert!(!same(&at("one", "f.js"), &at("two", "f.js")));
        assert!(same(&at("one", "f.js"), &at("", "src/f.js")));
        assert!(!same(&at("", "src/f.js"), &at("", "test/f.js")));
    }

    #[test]
    fn each_known_failure_is_that_of_one() {
        let report = |names: &[(&str, &str)], declared: u64| {
            let mut report = TestReport::refused(ReportOrigin::of_file("log", sha("a")), "");
            report.refused = None;
            report.cases = names.iter().map(|(c, n)| failed(c, n)).collect();
            report.declared.failures = declared;
            report
        };
        let left = |names: &[(&str, &str)], declared, known: &[TestCase], explains: bool| {
            let known: Vec<&TestCase> = known.iter().collect();
            let told = untold(report(names, declared), &known, |_, _| explains)?;
            Some((told.cases.len(), told.hidden_failures()))
        };
        let works = failed("b", "works");
        // One that is known is not the other of the same name.
        let two: &[(&str, &str)] = &[("", "works"), ("a/b", "works")];
        assert_eq!(
            left(two, 2, std::slice::from_ref(&works), false),
            Some((1, 0))
        );
        // Two files that tell of one test explain one.
        let twice = [works.clone(), works.clone()];
        assert_eq!(left(&[], 3, &twice, true), Some((0, 2)));
        assert_eq!(left(&[], 3, &twice, false), Some((0, 3)));
        assert_eq!(left(&[("b", "works")], 1, &twice, true), None);
    }
}
