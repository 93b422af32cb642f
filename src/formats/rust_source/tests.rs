//! Tables of test changes, and benign edits that must not be flagged.

use proptest::prelude::*;

use super::{UnitChangeKind as K, *};

fn kinds(old: &str, new: &str) -> Vec<K> {
    compare(old, new).into_iter().map(|c| c.kind).collect()
}

fn with_body(body: &str) -> String {
    format!("#[test]\nfn t() {{\n    {body}\n}}\n")
}

// [verifies PL-TRC-2]
#[test]
fn weakenings_and_their_look_alikes() {
    let cases: &[(&str, &str, &[K])] = &[
        (
            "assert_eq!(charges, 1);",
            "assert!(charges <= 2);",
            &[K::AssertionWeakened],
        ),
        (
            "assert_eq!(charges, 1);",
            "assert_eq!(charges, 2);",
            &[K::ExpectationChanged],
        ),
        (
            "assert!(x == 1);",
            "assert!(x.is_some());",
            &[K::AssertionWeakened],
        ),
        (
            "assert!(a); assert!(b);",
            "assert!(a);",
            &[K::AssertionRemoved],
        ),
        ("assert!(a);", "log(a);", &[K::AssertionRemoved]),
        (
            "assert!(ms < 800);",
            "assert!(ms < 1_500);",
            &[K::AssertionWeakened],
        ),
        (
            "assert!(ms < 800);",
            "assert!(ms < 500);",
            &[K::Strengthened],
        ),
        (
            "assert!(n >= 3);",
            "assert!(n >= 1);",
            &[K::AssertionWeakened],
        ),
        ("assert!(a);", "assert!(true);", &[K::AssertionWeakened]),
        (
            "assert_eq!(a, b);",
            "assert_eq!(a, a);",
            &[K::AssertionWeakened],
        ),
        ("assert!(a <= 2);", "assert_eq!(a, 1);", &[K::Strengthened]),
        ("assert!(a);", "assert!(a); assert!(b);", &[K::Strengthened]),
        (
            "let x = 1; assert!(x);",
            "let y = 1; assert!(x);",
            &[K::BodyChanged],
        ),
        (
            "assert_eq!(a, 1);",
            "assert_eq!(\n        a,\n        1\n    );",
            &[],
        ),
        (
            "assert!(a);",
            "// a note\n    assert!(a);",
            &[K::BodyChanged],
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(
            kinds(&with_body(old), &with_body(new)),
            *expected,
            "{old} -> {new}"
        );
    }
}

#[test]
fn skips_deletions_and_additions() {
    let plain = "#[test]\nfn t() { assert!(a); }\n";
    let skipped = "#[test]\n#[ignore = \"flaky\"]\nfn t() { assert!(a); }\n";
    assert_eq!(kinds(plain, skipped), [K::Skipped]);
    assert_eq!(kinds(skipped, plain), [K::Unskipped]);
    assert_eq!(kinds(plain, "fn t() {}"), [K::Deleted]);
    assert_eq!(
        kinds("", "#[test]\n#[ignore]\nfn new_one() {}"),
        [K::Added],
        "a new skipped test weakens nothing"
    );
}

#[test]
fn tests_in_modules_and_async_tests_are_found_with_their_lines() {
    let source = "mod a {\n    #[cfg(test)]\n    mod tests {\n        #[tokio::test]\n        async fn waits() {\n            assert!(x);\n        }\n        fn helper() {}\n    }\n}\n";
    let units = test_units(source);
    assert_eq!(units.len(), 1);
    assert_eq!(units[0].name, "a::tests::waits");
    assert_eq!((units[0].line, units[0].line_end), (5, 7));
    assert_eq!(units[0].assertions[0].line, 6);
}

proptest! {
    #[test]
    fn never_panics_and_a_file_equals_itself(source in "(#\\[test\\]|#\\[ignore\\]|fn t\\(\\)|\\{|\\}|assert!\\(a\\);|mod m|[a-z \n]{0,5}){0,20}") {
        let _ = compare(&source, "");
        prop_assert!(compare(&source, &source).is_empty() || test_units(&source).len() > 1);
    }
}
